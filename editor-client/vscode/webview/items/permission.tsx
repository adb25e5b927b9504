import type { PermissionItem } from "../../src/chat/items";
import { post } from "../wire";
import { Fold } from "./fold";
import { Output } from "./output";

/** A question of the run, with its answers; once it is answered, what was said. */
export function Permission({ item }: { item: PermissionItem }) {
  if (item.answer !== "") {
    const chosen = item.choices.find(({ id }) => id === item.answer);
    const said = chosen ? `You answered: ${chosen.name}` : "Not answered";
    return (
      <Fold name={item.id} class="card permission answered state" summary={said}>
        <Output label="What was asked" text={`${item.title}\n${item.detail}`} />
      </Fold>
    );
  }
  return (
    <div class="card permission waits">
      <div class="title">{item.title}</div>
      {item.detail && <Output label="What is asked" text={item.detail} />}
      <div class="choices">
        {item.choices.map(({ id, name, allows }, at) => (
          <button
            key={id}
            type="button"
            class={allows && at === 0 ? "main" : "plain"}
            onClick={() => post({ type: "answer", id: item.id, choice: id })}
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}
