/** Small drawings for buttons; what a button does is said by its label. */
const paths = {
  send: "M3 8h9M8 4l4 4-4 4",
  stop: "M4.5 4.5h7v7h-7z",
  close: "M4 4l8 8M12 4l-8 8",
  open: "M6 4l4 4-4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  again: "M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.5 2.5v3h-3",
  edit: "M3 13l.8-3L10.5 3.3l2.2 2.2L6 12.2z",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.500h-1v-8h8v1",
  done: "M3 8.500l3.500 3.500L13 4.500",
  failed: "M8 4v5M8 11.500v.5",
} as const;

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
