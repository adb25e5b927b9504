/** A text as it is, which scrolls when it is long. */
export function Output({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
    <section class="output" aria-label={label} tabIndex={0}>
      {text}
    </section>
  );
}
