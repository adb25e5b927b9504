import type { Context } from "../protocol/messages";
import type { Acp, PermissionAnswer, PermissionParams, SessionSetup, Update } from "./acp";
import type { Change, Chip, ProposalItem } from "./items";
import type { Choice, Queued } from "./messages";
import { promptBlocks } from "./references";
import { Transcript } from "./transcript";

const cancelled: PermissionAnswer = { outcome: { outcome: "cancelled" } };

export interface ConversationEvents {
  /** The list became another. */
  changed: (from: Conversation, changes: Change[]) => void;
  /** Anything else that is shown did. */
  moved: (from: Conversation) => void;
  /** A run is over; its id is "" where it never began. */
  ended: (from: Conversation, runId: string) => void;
  /** The user is to be asked. */
  asks: (from: Conversation, title: string) => void;
}

/** One session of the server: its transcript, the run that goes on, and what waits for its end. */
export class Conversation {
  readonly transcript = new Transcript();
  title = "";
  mode = "";
  modes: Choice[] = [];
  model = "";
  models: string[] = [];
  used = 0;
  size = 0;
  leftOut: string[] = [];
  queue: Queued[] = [];
  /** The queue waits for the user. */
  paused = false;
  stopping = false;
  /** The words of the run that goes on, until the server has answered it. */
  underWay: Queued | undefined;
  private lost = false;
  private asked = false;
  /** A run that somebody else began in this session, or this window before it was reloaded. */
  private otherRun = "";
  private readonly ownRuns = new Set<string>();
  private numbers = 0;
  private readonly questions = new Map<string, (answer: PermissionAnswer) => void>();

  constructor(
    readonly id: string,
    private readonly acp: () => Promise<Acp>,
    private readonly events: ConversationEvents,
  ) {}

  /** A run goes on. */
  get busy(): boolean {
    return this.asked || this.otherRun !== "";
  }

  /** The server says which runs go on in this session; those that were asked for here are known. */
  runs(running: readonly string[]): void {
    const other = running.find((runId) => !this.ownRuns.has(runId)) ?? "";
    if (this.asked || other === this.otherRun) {
      return;
    }
    const before = this.otherRun;
    this.otherRun = other;
    if (other === "") {
      this.over(before, undefined);
      this.events.ended(this, before);
      if (!this.paused) {
        this.next().catch(() => {}); // what goes wrong in a run is shown in the list
      }
    }
    this.events.moved(this);
  }

  /** Take what the server said of the session's modes and models. */
  setUp({ modes, configOptions }: SessionSetup): void {
    this.mode = modes.currentModeId;
    this.modes = modes.availableModes.map(({ id, name, description }) => ({
      id,
      name,
      about: description ?? "",
    }));
    this.options(configOptions ?? []);
    this.events.moved(this);
  }

  update(update: Update): void {
    if (update.sessionUpdate === "current_mode_update") {
      this.mode = update.currentModeId;
      this.events.moved(this);
    } else if (update.sessionUpdate === "usage_update") {
      this.used = update.used;
      this.size = update.size;
      this.events.moved(this);
    } else {
      this.changed(this.transcript.update(update));
    }
  }

  /** Take what the server said of the model's window; undefined before a model has answered. */
  holds(context: Context | undefined): void {
    if (context !== undefined) {
      this.used = context.promptTokens + context.answerTokens;
      this.size = context.window;
      this.leftOut = context.leftOut;
      this.events.moved(this);
    }
  }

  /** Show what a run proposes, and what became of that. */
  proposes(item: ProposalItem | undefined, undone = false): void {
    if (item !== undefined) {
      const before = this.transcript.find(item.id);
      const was = before?.kind === "proposal" && before.undone;
      const gone = (undone || was) && item.accepted === 0; // not what stayed, or was done again
      this.changed([this.transcript.put({ ...item, undone: gone })]);
    }
  }

  /** Send a message, or queue it while a run goes on. Never rejects: failures are shown. */
  async send(text: string, chips: Chip[]): Promise<void> {
    this.numbers += 1;
    const message = { id: `queued-${this.numbers}`, text, chips };
    if (this.busy) {
      this.queue = [...this.queue, message];
      this.events.moved(this);
      return;
    }
    await this.run(message);
  }

  /** These wait from before, until the user says that they are sent. */
  requeue(messages: readonly Queued[]): void {
    this.queue = messages.map((message) => {
      this.numbers += 1;
      return { ...message, id: `queued-${this.numbers}` };
    });
    this.paused = this.queue.length > 0;
    this.events.moved(this);
  }

  unqueue(id: string): void {
    this.queue = this.queue.filter((one) => one.id !== id);
    this.paused &&= this.queue.length > 0;
    this.events.moved(this);
  }

  /** Send what is queued although the last run was stopped or failed. */
  async goOn(): Promise<void> {
    this.paused = false;
    this.events.moved(this);
    await this.next();
  }

  async stop(): Promise<void> {
    if (this.busy && !this.stopping) {
      this.stopping = true;
      this.refuseAll();
      this.events.moved(this);
      const acp = await this.acp();
      await (this.asked ? acp.cancel(this.id) : acp.cancelRun(this.otherRun));
    }
  }

  async setMode(mode: string): Promise<void> {
    this.options(await (await this.acp()).setOption(this.id, "mode", mode));
    this.events.moved(this);
  }

  async setModel(model: string): Promise<void> {
    this.options(await (await this.acp()).setOption(this.id, "model", model));
    this.events.moved(this);
  }

  /** Show a question; resolves when it is answered, or cannot be any more. */
  ask(params: PermissionParams): Promise<PermissionAnswer> {
    if (this.stopping || this.lost) {
      return Promise.resolve(cancelled);
    }
    const { id, changes } = this.transcript.permission(params);
    this.changed(changes);
    this.events.asks(this, params.toolCall.title ?? "");
    return new Promise((resolve) => this.questions.set(id, resolve));
  }

  get asking(): number {
    return this.questions.size;
  }

  answer(id: string, choice: string): void {
    const resolve = this.questions.get(id);
    if (resolve !== undefined) {
      this.questions.delete(id);
      this.changed(this.transcript.answered(id, choice));
      this.events.moved(this);
      resolve({ outcome: { outcome: "selected", optionId: choice } });
    }
  }

  tell(level: "info" | "warning" | "error", text: string): void {
    this.changed(this.transcript.tell(level, text));
  }

  changed(changes: Change[]): void {
    if (changes.length > 0) {
      this.events.changed(this, changes);
    }
  }

  /** The connection ended: nothing that was asked for is answered any more. */
  lose(): void {
    this.lost = true;
    this.asked = false;
    this.otherRun = "";
    this.stopping = false;
    this.paused = this.queue.length > 0;
    this.refuseAll();
    this.changed(this.transcript.ended());
    this.events.moved(this);
  }

  private async run(message: Queued): Promise<void> {
    const { text, chips } = message;
    this.asked = true;
    this.paused = false;
    this.underWay = message;
    this.title ||= text.split("\n", 1)[0]?.slice(0, 60) ?? "";
    this.changed(this.transcript.asked(text, chips));
    this.events.moved(this);
    let runId = "";
    let well = false;
    try {
      const answer = await (await this.acp()).prompt(this.id, promptBlocks(text, chips));
      runId = answer._meta?.arriero?.runId ?? "";
      well = answer.stopReason !== "cancelled";
      this.over(runId, well ? undefined : ["info", "Stopped."]);
    } catch (error) {
      runId = runOf(error);
      this.over(runId, ["error", error instanceof Error ? error.message : String(error)]);
    }
    if (!this.lost) {
      this.paused = !well && this.queue.length > 0;
      this.events.moved(this);
      this.events.ended(this, runId);
      if (well) {
        await this.next();
      }
    }
  }

  /** The run is over; `last` is what is to be said of that. */
  private over(runId: string, last: ["info" | "error", string] | undefined): void {
    if (this.lost) {
      return;
    }
    this.ownRuns.add(runId);
    this.asked = false;
    this.stopping = false;
    this.underWay = undefined;
    this.refuseAll();
    this.changed(this.transcript.ended(runId));
    if (last !== undefined) {
      this.tell(...last);
    }
  }

  private async next(): Promise<void> {
    const [first, ...rest] = this.queue;
    if (first !== undefined && !this.busy && !this.lost) {
      this.queue = rest;
      await this.run(first);
    }
  }

  private refuseAll(): void {
    for (const resolve of this.questions.values()) {
      resolve(cancelled);
    }
    this.questions.clear();
  }

  private options(options: NonNullable<SessionSetup["configOptions"]>): void {
    for (const { id, currentValue, options: choices } of options) {
      if (id === "mode") {
        this.mode = currentValue;
      } else if (id === "model") {
        this.model = currentValue;
        this.models = choices.map(({ value }) => value);
      }
    }
  }
}

/** The run that an error of `session/prompt` belongs to: the server says it beside the sentence. */
function runOf(error: unknown): string {
  const data = (error as { data?: { runId?: unknown } } | null)?.data;
  return typeof data?.runId === "string" ? data.runId : "";
}
