import type { ComponentChildren } from "preact";

/** What the user has opened: a row that leaves the page is as it was when it comes back. */
const opened = new Set<string>();

interface Props {
  /** Unique over all sessions. */
  name: string;
  class: string;
  summary: ComponentChildren;
  children: ComponentChildren;
}

/** Something folded away, which the user may open. */
export function Fold({ name, class: kind, summary, children }: Props) {
  const toggled = (open: boolean) => {
    if (open) {
      opened.add(name);
    } else {
      opened.delete(name);
    }
  };
  return (
    <details
      class={kind}
      open={opened.has(name)}
      onToggle={(event) => toggled(event.currentTarget.open)}
    >
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
