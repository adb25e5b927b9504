import { Uri, window, workspace } from "vscode";
import { CannotRun } from "../commands/arguments";
import type { Session } from "../protocol/messages";
import type { Server } from "../server/server";
import { mention, tell } from "../tell";
import { activeRuns } from "./text";
import { undoChoices } from "./undo";

/** Cancel a run: the given one, the only one, or one that the user picks. */
export async function cancelRun(server: Server, runId: unknown): Promise<void> {
  const api = await server.api();
  if (typeof runId === "string") {
    await api.cancel(runId);
    return;
  }
  const running = activeRuns(await api.status());
  const [only] = running;
  if (only === undefined) {
    throw new CannotRun("No run is going on.");
  }
  const items = running.map((run) => ({ label: run.label || run.runId, runId: run.runId }));
  const picked =
    items.length === 1 ? only : await window.showQuickPick(items, { title: "Cancel which run?" });
  if (picked !== undefined) {
    await api.cancel(picked.runId);
  }
}

/** Take back what a run changed: the given one, or one that the user picks. */
export async function undoRun(server: Server, given: unknown): Promise<void> {
  const api = await server.api();
  const runId = typeof given === "string" ? given : await pickUndo(await api.sessions());
  if (runId === undefined) {
    return;
  }
  const { applied, kept, message } = await api.undo(runId);
  if (applied && kept.length === 0) {
    mention(message || "Arriero: the run's changes are taken back");
  } else {
    const names = kept.map((uri) => workspace.asRelativePath(Uri.parse(uri)));
    const left =
      names.length > 0 ? `Not taken back: ${names.join(", ")}` : "Nothing was taken back.";
    void tell("warning", message || left);
  }
}

async function pickUndo(sessions: Session[]): Promise<string | undefined> {
  const choices = undoChoices(sessions, Date.now() / 1000);
  if (choices.length === 0) {
    throw new CannotRun("There is no run to undo.");
  }
  const picked = await window.showQuickPick(choices, { title: "Undo which run?" });
  return picked?.runId;
}
