import type { PermissionItem } from "../../src/chat/items";
import { post } from "../wire";
import { Fold } from "./fold";
import { Output } from "./output";

/** A question of the run, with its answers; once it is answered, what was said. */
export function Permission({ item }: { item: PermissionItem }) {
  const chosen = item.choices.find(({ id }) => id === item.answer);
  return (
    <div class={item.answer === "" ? "card permission waits" : "card permission"}>
      <div class="title">{item.title}</div>
      {item.detail && item.answer === "" && <Output label="What is asked" text={item.detail} />}
      {item.answer === "" ? (
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
      ) : (
        <Fold name={item.id} class="state" summary={chosen?.name ?? "Not answered"}>
          <Output label="What was asked" text={item.detail} />
        </Fold>
      )}
    </div>
  );
}
