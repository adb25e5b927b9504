import { useEffect } from "preact/hooks";
import type { ProposalItem } from "../../src/chat/items";
import type { ProposalDeed } from "../../src/chat/messages";
import { post } from "../wire";
import { Counts } from "./tool";
import { count } from "./words";

/** What a run proposes: its files, and what is to become of them. */
export function Proposal({ item }: { item: ProposalItem }) {
  const { runId, known } = item;
  useEffect(() => {
    if (!known) {
      post({ type: "seen", runId });
    }
  }, [known, runId]);
  if (!known) {
    return (
      <div class="card proposal" aria-busy="true">
        <div class="title">Changes</div>
      </div>
    );
  }
  if (item.files.length === 0) {
    return null;
  }
  const act = (deed: ProposalDeed) => () => post({ type: "proposal", runId, deed });
  const waits = item.open > 0 && !item.undone;
  return (
    <div class={waits ? "card proposal waits" : "card proposal"}>
      <div class="title">
        Changes in {count(item.files.length, "file")}
        <span class="state">{fate(item)}</span>
      </div>
      <ul class="files">
        {item.files.map((file) => (
          <li key={file.uri}>
            <button
              type="button"
              class="file"
              onClick={() => post({ type: "link", href: file.uri })}
            >
              {file.name}
            </button>
            {file.change !== "edit" && <span class="state">{file.change}</span>}
            <Counts added={file.added} removed={file.removed} />
          </li>
        ))}
      </ul>
      <div class="choices">
        {waits && (
          <>
            <button type="button" class="main" onClick={act("accept")}>
              Accept all
            </button>
            <button type="button" class="plain" onClick={act("review")}>
              Review
            </button>
            <button type="button" class="plain" onClick={act("reject")}>
              Reject all
            </button>
          </>
        )}
        {item.accepted > 0 && !item.undone && (
          <button type="button" class="plain" onClick={act("undo")}>
            Undo
          </button>
        )}
      </div>
    </div>
  );
}

function fate({ open, accepted, rejected, stale, undone }: ProposalItem): string {
  if (undone) {
    return "taken back";
  }
  return [
    open > 0 ? `${open} to review` : "",
    accepted > 0 ? `${accepted} accepted` : "",
    rejected > 0 ? `${rejected} rejected` : "",
    stale > 0 ? `${stale} no longer fit` : "",
  ]
    .filter(Boolean)
    .join(", ");
}
