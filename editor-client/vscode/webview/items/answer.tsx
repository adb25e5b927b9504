import type { AnswerItem } from "../../src/chat/items";
import { Icon } from "../icons";
import { post } from "../wire";
import { Fold } from "./fold";
import { Markdown } from "./markdown";

/** What the model said. An answer that was asked for again is folded away. */
export function Answer({ item }: { item: AnswerItem }) {
  if (item.dropped) {
    return (
      <Fold
        name={`${item.runId} ${item.id}`}
        class="thought"
        summary="An answer that does not count"
      >
        <Markdown text={item.text} />
      </Fold>
    );
  }
  return (
    <div class={item.open ? "answer open" : "answer"}>
      <Markdown text={item.text} />
      {!item.open && item.text.trim() !== "" && (
        <div class="acts">
          <button
            type="button"
            class="quiet"
            onClick={() => post({ type: "copy", text: item.text })}
          >
            <Icon name="copy" /> Copy
          </button>
        </div>
      )}
    </div>
  );
}
