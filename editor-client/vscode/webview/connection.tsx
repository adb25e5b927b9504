import type { ChatState } from "../src/chat/messages";
import { post } from "./wire";

/** Why nothing can be sent, where that is so. */
export function Connection({ state: { connection, problem } }: { state: ChatState }) {
  if (connection === "running" && problem === "") {
    return null;
  }
  if (connection === "starting") {
    return <div class="banner">Arriero's server is starting…</div>;
  }
  if (connection === "untrusted") {
    return (
      <div class="banner">
        <span>Arriero waits until you trust this workspace: nothing of it is read or run.</span>
        <button type="button" class="plain" onClick={() => post({ type: "trust" })}>
          Manage trust
        </button>
      </div>
    );
  }
  return (
    <div class="banner failed">
      <span>
        {connection === "running"
          ? problem
          : "Arriero's server is not running. What you have typed is kept."}
      </span>
      {connection !== "running" && (
        <button type="button" class="plain" onClick={() => post({ type: "restart" })}>
          Start it
        </button>
      )}
    </div>
  );
}
