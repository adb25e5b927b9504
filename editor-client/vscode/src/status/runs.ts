import { Uri, window, workspace } from "vscode";
import { CannotRun } from "../commands/arguments";
import type { ChangedRun, UndoResult } from "../protocol/messages";
import type { Server } from "../server/server";
import { type Choice, mention, tell } from "../tell";
import { activeRuns } from "./text";
import { conflictPage, type Direction, lastIn, turnChoices } from "./undo";

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

/** End every run of every editor, terminal and program; what they did stays proposed. */
export async function stopAll(server: Server): Promise<void> {
  const api = await server.api();
  const { runs } = await api.stopAll();
  const late = runs.filter((run) => !run.ended).map((run) => run.label || run.runId);
  if (late.length > 0) {
    void tell("warning", `Told to stop, and not at its end yet: ${late.join(", ")}`);
  } else {
    mention(runs.length === 0 ? "Arriero: nothing was running" : "Arriero: everything is stopped");
  }
}

/** Take back what a run changed: the given one, or one that the user picks. */
export async function undoRun(server: Server, given: unknown): Promise<void> {
  const api = await server.api();
  const runId = typeof given === "string" ? given : await pick(await api.changes(), "undo");
  if (runId !== undefined) {
    tellTurned("undo", await api.undo(runId));
  }
}

/** Do again what was taken back of a run: the given one, or one that the user picks. */
export async function redoRun(server: Server, given: unknown): Promise<void> {
  const api = await server.api();
  const runId = typeof given === "string" ? given : await pick(await api.changes(), "redo");
  if (runId !== undefined) {
    tellTurned("redo", await api.redo(runId));
  }
}

/** Take back what the last run that changed a file did in it: the given file, or the open one. */
export async function undoFile(server: Server, given: unknown): Promise<void> {
  const uri = given instanceof Uri ? given : window.activeTextEditor?.document.uri;
  if (uri === undefined) {
    throw new CannotRun("Open the file in which a run is to be taken back.");
  }
  const api = await server.api();
  const runId = lastIn(await api.changes(), uri.toString());
  if (runId === undefined) {
    throw new CannotRun(`No run has changed ${workspace.asRelativePath(uri)}.`);
  }
  tellTurned("undo", await api.undo(runId, [uri.toString()]));
}

function tellTurned(direction: Direction, result: UndoResult): void {
  const { applied, kept, message, conflicts } = result;
  const deed = direction === "undo" ? "taken back" : "done again";
  if (applied && kept.length === 0) {
    mention(message || `Arriero: the run's changes are ${deed}`);
    return;
  }
  const names = kept.map(nameOf);
  const left = names.length > 0 ? `Not ${deed}: ${names.join(", ")}` : `Nothing was ${deed}.`;
  const page = conflictPage(conflicts, nameOf);
  const show: Choice = {
    title: "Show",
    command: "arriero.ui.showAnswer",
    args: [`Not ${deed}`, page],
  };
  void tell("warning", message || left, ...(conflicts.length > 0 ? [show] : []));
}

function nameOf(uri: string): string {
  return workspace.asRelativePath(Uri.parse(uri));
}

async function pick(runs: ChangedRun[], direction: Direction): Promise<string | undefined> {
  const choices = turnChoices(runs, direction, Date.now() / 1000);
  if (choices.length === 0) {
    throw new CannotRun(
      direction === "undo" ? "There is no run to undo." : "No run was undone that could be redone.",
    );
  }
  const title = direction === "undo" ? "Undo which run?" : "Redo which run?";
  return (await window.showQuickPick(choices, { title }))?.runId;
}
