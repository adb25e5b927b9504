import type { RunStatus } from "../protocol/messages";
import type { Conversation } from "./conversation";

/** The conversations of a window: the one that is shown, and those with work to do beside it. */
export class Shelf {
  shown: Conversation | undefined;
  private readonly others = new Map<string, Conversation>();
  /** Their histories are on their way: what the server tells of them is for these. */
  private readonly loading = new Map<string, Conversation>();

  get all(): Conversation[] {
    return [...(this.shown ? [this.shown] : []), ...this.others.values()];
  }

  find(sessionId: string): Conversation | undefined {
    const shown = sessionId === this.shown?.id ? this.shown : undefined;
    return this.loading.get(sessionId) ?? shown ?? this.others.get(sessionId);
  }

  /** The one that has something of a run in its list. */
  withRun(runId: string): Conversation | undefined {
    return this.all.find(({ transcript }) => transcript.items.some((item) => item.runId === runId));
  }

  /** The runs that go on in the workspace. */
  running(runs: readonly RunStatus[]): void {
    for (const one of this.all) {
      const here = runs.filter(
        ({ state, sessionId }) => state === "running" && sessionId === one.id,
      );
      one.runs(here.map(({ runId }) => runId));
    }
  }

  /** One that goes on beside the one that is shown. */
  beside(sessionId: string | undefined): Conversation | undefined {
    return sessionId === undefined ? undefined : this.others.get(sessionId);
  }

  /** Hear what the server tells of a conversation while `work` goes on. */
  async whileLoading<T>(conversation: Conversation, work: () => Promise<T>): Promise<T> {
    this.loading.set(conversation.id, conversation);
    try {
      return await work();
    } finally {
      this.loading.delete(conversation.id);
    }
  }

  /** Show one; the one of before stays if it has work to do. */
  turnTo(next: Conversation): void {
    const before = this.shown;
    if (before !== undefined && before.id !== next.id && hasWork(before)) {
      this.others.set(before.id, before);
    }
    this.others.delete(next.id);
    this.shown = next;
  }

  /** One beside the shown one may have done its work. */
  settle(conversation: Conversation): void {
    if (conversation !== this.shown && !hasWork(conversation)) {
      this.others.delete(conversation.id);
    }
  }

  /** The connection ended. */
  lose(): void {
    for (const one of this.all) {
      one.lose();
    }
    this.others.clear();
  }
}

function hasWork({ busy, queue }: Conversation): boolean {
  return busy || queue.length > 0;
}
