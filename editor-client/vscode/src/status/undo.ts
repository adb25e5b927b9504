import type { Session } from "../protocol/messages";

/** A run that may be taken back. */
export interface UndoChoice {
  runId: string;
  label: string;
  /** The session's title, and how long ago, as "5 min ago". */
  description: string;
}

/** The runs that have ended, newest session first, at most `limit`; `now` in Unix seconds. */
export function undoChoices(sessions: readonly Session[], now: number, limit = 30): UndoChoice[] {
  const choices = sessions.flatMap(({ title, updatedAt, runs }) =>
    runs
      .filter((run) => run.stopReason !== null)
      .map(({ runId, label }) => ({
        runId,
        label: label || runId,
        description: [title === label ? "" : title, ago(now - updatedAt)]
          .filter(Boolean)
          .join(" · "),
      }))
      .reverse(),
  );
  return choices.slice(0, limit);
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
