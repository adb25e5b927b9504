import type { ChatState } from "../src/chat/messages";
import { post } from "./wire";

/** The session's name, and how full the model's window is. */
export function Header({ state }: { state: ChatState }) {
  return (
    <header>
      <button type="button" class="name" title="Sessions" onClick={() => post({ type: "list" })}>
        {state.title || "New chat"}
      </button>
      {state.used > 0 && <Gauge state={state} />}
    </header>
  );
}

function Gauge({ state: { used, size, leftOut } }: { state: ChatState }) {
  const share = size > 0 ? Math.min(1, used / size) : 0;
  const words = size > 0 ? `${short(used)} of ${short(size)}` : `${short(used)} tokens`;
  const left = leftOut.length > 0 ? ` · ${leftOut.length} left out` : "";
  return (
    <button
      type="button"
      class={share > 0.85 ? "gauge full" : "gauge"}
      title={["What the model's window holds", ...leftOut].join("\n")}
      onClick={() => post({ type: "context" })}
    >
      {size > 0 && (
        <span class="bar" aria-hidden="true">
          <span class="share" style={{ width: `${Math.round(share * 100)}%` }} />
        </span>
      )}
      {words}
      {left}
    </button>
  );
}

function short(tokens: number): string {
  if (tokens < 1000) {
    return String(tokens);
  }
  return tokens % 1024 === 0 ? `${tokens / 1024}k` : `${(tokens / 1000).toFixed(1)}k`;
}
