import type { ChangedRun, Conflict } from "../protocol/messages";

export type Direction = "undo" | "redo";

/** A run that may be taken back, or done again. */
export interface TurnChoice {
  runId: string;
  label: string;
  /** How much of it, and how long ago, as "2 changes · 5 min ago". */
  description: string;
}

/** The runs of which there is something to undo or redo, the last one first; `now` in seconds. */
export function turnChoices(
  runs: readonly ChangedRun[],
  direction: Direction,
  now: number,
  limit = 30,
): TurnChoice[] {
  const choices = runs.flatMap(({ runId, label, at, files }) => {
    const hunks = files.flatMap((file) => (direction === "undo" ? file.applied : file.takenBack));
    const count = new Set(hunks).size;
    const changes = `${count} change${count === 1 ? "" : "s"}`;
    const description = `${changes} · ${ago(now - at)}`;
    return count === 0 ? [] : [{ runId, label: label || runId, description }];
  });
  return choices.slice(0, limit);
}

/** The run that last changed a file and can be taken back there. */
export function lastIn(runs: readonly ChangedRun[], uri: string): string | undefined {
  const here = ({ files }: ChangedRun) =>
    files.some((file) => file.uri === uri && file.applied.length > 0);
  return runs.find(here)?.runId;
}

/** The places that were left as they are, as Markdown; `named` makes a name of a URI. */
export function conflictPage(conflicts: readonly Conflict[], named: (uri: string) => string) {
  const parts = conflicts.map((one) =>
    [
      `## ${named(one.uri)}, line ${one.line + 1}`,
      `The run wrote:\n\n${block(one.written)}`,
      `There is now, and stays:\n\n${block(one.found)}`,
      `It would be:\n\n${block(one.wanted)}`,
    ].join("\n\n"),
  );
  return ["You have changed these places since, so nothing was done there.", ...parts].join("\n\n");
}

function block(text: string | null): string {
  if (!text) {
    return "*(nothing)*";
  }
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text.replace(/\r?\n$/, "")}\n${fence}`;
}

export function ago(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) {
    return "just now";
  }
  if (minutes < 60) {
    return `${minutes} min ago`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}
