import type { Session } from "../protocol/messages";
import type { Conversation } from "./conversation";
import type { Queued } from "./messages";

/** What a session still has to say to the server. */
export interface Waiting {
  title: string;
  queue: Queued[];
  /** The words that are on their way, until the server has answered them. */
  underWay?: Queued | undefined;
  /** How many messages of the user the session has, with those words. */
  asked: number;
}

/** What of this is kept beside the window, by session. */
export interface Keeper {
  waiting: () => Readonly<Record<string, Waiting>>;
  keepWaiting: (all: Readonly<Record<string, Waiting>>) => void;
}

/** Keeps what waits in sessions, so that it is there after the server or the window has ended. */
export class WaitingWords {
  constructor(private readonly keeper: Keeper) {}

  /** How many messages are queued in a session. */
  readonly queuedIn = (sessionId: string): number =>
    this.keeper.waiting()[sessionId]?.queue.length ?? 0;

  /** Says which other sessions of these have words that may not be sent. */
  elsewhere(current: string, sessions: readonly Pick<Session, "sessionId">[]): string[] {
    const all = this.keeper.waiting();
    return sessions.flatMap(({ sessionId }) => {
      const kept = sessionId === current ? undefined : all[sessionId];
      return kept === undefined ? [] : [notSent(kept)];
    });
  }

  /** Note what waits in a conversation now. */
  note(conversation: Conversation): void {
    const { id, title, queue, underWay } = conversation;
    if (queue.length === 0 && underWay === undefined) {
      this.forget(id);
      return;
    }
    const now: Waiting = { title, queue, underWay, asked: askedIn(conversation) };
    const all = this.keeper.waiting();
    if (JSON.stringify(all[id]) !== JSON.stringify(now)) {
      this.keeper.keepWaiting({ ...all, [id]: now });
    }
  }

  forget(sessionId: string): void {
    const all = this.keeper.waiting();
    if (sessionId in all) {
      const { [sessionId]: _gone, ...rest } = all;
      this.keeper.keepWaiting(rest);
    }
  }

  /**
   * Give a conversation that was loaded anew what waited in it. Words that were on their way are of
   * these if the server took them with it before it had stored them.
   */
  giveBack(conversation: Conversation): void {
    const kept = this.keeper.waiting()[conversation.id];
    if (kept !== undefined) {
      const unheard = kept.underWay !== undefined && askedIn(conversation) < kept.asked;
      conversation.requeue(
        unheard && kept.underWay ? [kept.underWay, ...kept.queue] : [...kept.queue],
      );
      this.note(conversation);
    }
  }
}

function notSent({ title, queue }: Waiting): string {
  const what = queue.length === 1 ? "A message is" : `${queue.length} messages are`;
  return queue.length > 0
    ? `${what} still queued in “${title}”. Open it in Sessions to send what is queued.`
    : `The last message in “${title}” may not have been heard. Open it in Sessions to see.`;
}

function askedIn({ transcript }: Conversation): number {
  return transcript.items.filter(({ kind }) => kind === "user").length;
}
