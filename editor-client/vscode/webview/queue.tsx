import type { ChatState } from "../src/chat/messages";
import { Icon } from "./icons";
import { post } from "./wire";

/** What is sent when the run has ended; after one that was stopped, when the user says so. */
export function Queue({ state: { queue, paused } }: { state: ChatState }) {
  if (queue.length === 0) {
    return null;
  }
  return (
    <section class="queue" aria-label="Queued messages">
      <ol>
        {queue.map(({ id, text }) => (
          <li key={id}>
            <span class="state">Queued</span> <span class="text">{text}</span>
            <button
              type="button"
              class="quiet"
              aria-label={`Remove from the queue: ${text}`}
              onClick={() => post({ type: "unqueue", id })}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ol>
      {paused && (
        <button type="button" class="plain" onClick={() => post({ type: "goOn" })}>
          Send what is queued
        </button>
      )}
    </section>
  );
}
