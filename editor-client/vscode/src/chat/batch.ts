import type { Change } from "./items";

/** Between two messages to the page, in ms: a model says more words a second than can be read. */
const pause = 40;

/** Gathers changes of the list and hands them on a few times a second, the last state of each. */
export class Batch {
  private waiting: Change[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly send: (changes: Change[]) => void,
    private readonly milliseconds = pause,
  ) {}

  add(changes: readonly Change[]): void {
    for (const change of changes) {
      this.waiting = merged(this.waiting, change);
    }
    if (this.waiting.length > 0) {
      this.timer ??= setTimeout(() => this.flush(), this.milliseconds);
    }
  }

  flush(): void {
    this.clear();
    const changes = this.waiting;
    this.waiting = [];
    if (changes.length > 0) {
      this.send(changes);
    }
  }

  /** Forget what waits: the whole list is sent anew. */
  drop(): void {
    this.clear();
    this.waiting = [];
  }

  private clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

function merged(waiting: Change[], change: Change): Change[] {
  const at = waiting.findLastIndex((one) => one.at === change.at);
  const before = waiting[at];
  if (before === undefined) {
    return [...waiting, change];
  }
  return waiting.with(at, change.op === "put" ? change : withText(before, change.text));
}

function withText(before: Change, text: string): Change {
  if (before.op === "add") {
    return { ...before, text: before.text + text };
  }
  const { item } = before;
  return "text" in item ? { ...before, item: { ...item, text: item.text + text } } : before;
}
