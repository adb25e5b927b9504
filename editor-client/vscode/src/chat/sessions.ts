import type { Session } from "../protocol/messages";
import { ago } from "../status/undo";
import type { SessionLine } from "./messages";

/** The list of sessions that have something in them; `now` in Unix seconds. */
export function sessionLines(
  sessions: readonly Session[],
  current: string,
  now: number,
  queuedIn: (sessionId: string) => number,
): SessionLine[] {
  return sessions
    .filter(
      ({ sessionId, runs }) => runs.length > 0 || sessionId === current || queuedIn(sessionId) > 0,
    )
    .map(({ sessionId, title, updatedAt, runs }) => ({
      sessionId,
      title: title || "New chat",
      when: ago(now - updatedAt),
      runs: runs.length,
      queued: queuedIn(sessionId),
      current: sessionId === current,
    }));
}
