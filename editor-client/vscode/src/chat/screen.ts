import type { ServerState } from "../status/text";
import { Batch } from "./batch";
import type { Conversation } from "./conversation";
import type { Change, Item } from "./items";
import type { ChatState, ToView } from "./messages";

/** Items of a history that go to the page in one message; the newest go first. */
const filledAtOnce = 150;

/** What the page is told of the list that it shows. */
export class Screen {
  /** Counts the lists: changes of an earlier one are not for the one that is shown. */
  private list = 0;
  private readonly batch = new Batch((changes) =>
    this.post({ type: "change", list: this.list, changes }),
  );

  constructor(private readonly post: (message: ToView) => void) {}

  /** Another list is shown from now on. */
  showAll(items: readonly Item[]): void {
    this.batch.drop();
    this.list += 1;
    this.post({ type: "reset", list: this.list, total: items.length });
    for (let end = items.length; end > 0; end -= filledAtOnce) {
      const at = Math.max(0, end - filledAtOnce);
      this.post({ type: "fill", list: this.list, at, items: items.slice(at, end) });
    }
  }

  showState(state: ChatState): void {
    this.post({ type: "state", state });
  }

  change(changes: readonly Change[]): void {
    this.batch.add(changes);
  }
}

export function chatState(
  shown: Conversation | undefined,
  connection: ServerState,
  problem: string,
): ChatState {
  return {
    connection,
    problem,
    loaded: shown !== undefined,
    sessionId: shown?.id ?? "",
    title: shown?.title ?? "",
    mode: shown?.mode ?? "",
    modes: shown?.modes ?? [],
    model: shown?.model ?? "",
    models: shown?.models ?? [],
    busy: shown?.busy ?? false,
    stopping: shown?.stopping ?? false,
    queue: shown?.queue ?? [],
    paused: shown?.paused ?? false,
    used: shown?.used ?? 0,
    size: shown?.size ?? 0,
    leftOut: shown?.leftOut ?? [],
  };
}
