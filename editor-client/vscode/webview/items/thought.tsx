import type { ThoughtItem } from "../../src/chat/items";
import { Fold } from "./fold";
import { Markdown } from "./markdown";
import { duration } from "./words";

/** What the model thought, folded; it can be read while it goes on. */
export function Thought({ item }: { item: ThoughtItem }) {
  const words = item.open
    ? "Thinking…"
    : item.ms > 0
      ? `Thought for ${duration(item.ms)}`
      : "Thought";
  return (
    <Fold name={`${item.runId} ${item.id}`} class="thought" summary={words}>
      <Markdown text={item.text} />
    </Fold>
  );
}
