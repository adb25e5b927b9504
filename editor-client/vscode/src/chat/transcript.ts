import type { ChunkUpdate, PermissionParams, ToolCallUpdate, Update } from "./acp";
import type { AnswerItem, Change, Chip, Item, ThoughtItem, UserItem } from "./items";
import { readPrompt } from "./references";
import { permissionAsked, toolEnded, toolStarted } from "./toolCalls";

type Voice = "answer" | "thought";

/**
 * A conversation as a list of items, folded from the server's updates. Each method answers what of
 * the list became another; items are values and are replaced, never changed.
 */
export class Transcript {
  private readonly list: Item[] = [];
  private readonly places = new Map<string, number>();
  /** Where the words of a message go on: its id to its place. */
  private readonly voices = new Map<string, number>();
  private speaking: number | undefined;
  private began = 0;
  private count = 0;
  /** The run that the newest update belongs to, "" where none has told it yet. */
  runId = "";

  /** `live` is false while a history is replayed: nothing is timed then. */
  constructor(
    private readonly now: () => number = Date.now,
    private live = false,
  ) {}

  get items(): readonly Item[] {
    return this.list;
  }

  find(id: string): Item | undefined {
    const at = this.places.get(id);
    return at === undefined ? undefined : this.list[at];
  }

  /** From here on updates come as they happen. */
  goLive(): void {
    this.live = true;
  }

  update(update: Update): Change[] {
    switch (update.sessionUpdate) {
      case "user_message_chunk": {
        const { text, chips } = readPrompt(textOf(update));
        this.runId = update.messageId ?? "";
        return [...this.hush(), this.user(text, chips, this.runId)];
      }
      case "agent_message_chunk":
        return update._meta?.arriero?.notice === undefined
          ? this.say("answer", update)
          : this.notice(update);
      case "agent_thought_chunk":
        return this.say("thought", update);
      case "tool_call":
        return this.toolCall(update);
      case "tool_call_update":
        return this.toolResult(update);
      default:
        return [];
    }
  }

  /** The user's own message, which the server does not send back. */
  asked(text: string, chips: Chip[]): Change[] {
    this.runId = "";
    return [...this.hush(), this.user(text, chips, "")];
  }

  permission(params: PermissionParams): { id: string; changes: Change[] } {
    const id = this.freshId("permission");
    return { id, changes: [...this.hush(), this.put(permissionAsked(params, id))] };
  }

  answered(id: string, answer: string): Change[] {
    const item = this.find(id);
    return item?.kind === "permission" ? [this.put({ ...item, answer })] : [];
  }

  /** Something that Arriero says for itself. */
  tell(level: "info" | "warning" | "error", text: string): Change[] {
    const id = this.freshId("notice");
    return [...this.hush(), this.put({ kind: "notice", id, runId: this.runId, level, text })];
  }

  /** Shows an item, in the place of the one with its id if there is one. */
  put(item: Item): Change {
    const at = this.places.get(item.id) ?? this.list.length;
    this.places.set(item.id, at);
    this.list[at] = item;
    return { op: "put", at, item };
  }

  /** Puts an item after the last one of its run; only while nobody is shown the list. */
  insert(item: Item): void {
    const at = this.list.findLastIndex(({ runId }) => runId === item.runId) + 1;
    for (const places of [this.places, this.voices]) {
      for (const [key, place] of places) {
        places.set(key, place >= at ? place + 1 : place);
      }
    }
    if (this.speaking !== undefined && this.speaking >= at) {
      this.speaking += 1;
    }
    this.list.splice(at, 0, item);
    this.places.set(item.id, at);
  }

  /** The run is over: nothing speaks or works any more. */
  ended(runId = ""): Change[] {
    this.learn(runId);
    const changes = this.hush();
    for (const item of this.list) {
      if (item.kind === "tool" && item.state === "running") {
        changes.push(this.put({ ...item, state: "cancelled" }));
      } else if (item.kind === "permission" && item.answer === "") {
        changes.push(this.put({ ...item, answer: "cancelled" }));
      }
    }
    const asked = this.lastAsked();
    if (asked !== undefined && asked.runId === "" && this.runId !== "") {
      changes.push(this.put({ ...asked, runId: this.runId }));
    }
    return changes;
  }

  lastAsked(): UserItem | undefined {
    return this.list.findLast((item) => item.kind === "user");
  }

  private user(text: string, chips: Chip[], runId: string): Change {
    return this.put({ kind: "user", id: this.freshId("user"), runId, text, chips });
  }

  private say(kind: Voice, update: ChunkUpdate): Change[] {
    const text = textOf(update);
    const key = update.messageId ?? "";
    this.learn(/^(.*?)-\d+(-thought)?$/.exec(key)?.[1] ?? "");
    const at = key === "" ? undefined : this.voices.get(key);
    const item = at === undefined ? undefined : this.list[at];
    if (at !== undefined && item !== undefined && "text" in item) {
      const changes = at === this.speaking ? [] : this.hush();
      this.speaking = at;
      this.list[at] = { ...item, text: item.text + text };
      return [...changes, { op: "add", at, text }];
    }
    const changes = this.hush();
    const place = this.list.length;
    changes.push(this.put(this.voice(kind, text)));
    if (key !== "") {
      this.voices.set(key, place);
      this.speaking = place;
      this.began = this.now();
    } else {
      changes.push(...this.close(place));
    }
    return changes;
  }

  private voice(kind: Voice, text: string): AnswerItem | ThoughtItem {
    const base = { id: this.freshId(kind), runId: this.runId, text, open: true };
    return kind === "answer"
      ? { kind, ...base, dropped: false }
      : { kind: "thought", ...base, ms: 0 };
  }

  private notice(update: ChunkUpdate): Change[] {
    const told = update._meta?.arriero;
    const text = textOf(update).replaceAll(/^> ?/gm, "").trim();
    const changes = this.hush();
    if (told?.retried !== undefined) {
      changes.push(...this.drop(told.retried.step));
    }
    const id = this.freshId("notice");
    const level = told?.notice ?? "info";
    changes.push(this.put({ kind: "notice", id, runId: this.runId, level, text }));
    return changes;
  }

  /** What was said in a step of this run does not count: its next words are another message. */
  private drop(step: number): Change[] {
    const changes: Change[] = [];
    for (const key of [`${this.runId}-${step}`, `${this.runId}-${step}-thought`]) {
      const at = this.voices.get(key);
      const item = at === undefined ? undefined : this.list[at];
      this.voices.delete(key);
      if (item?.kind === "answer") {
        changes.push(this.put({ ...item, dropped: true }));
      }
    }
    return changes;
  }

  private toolCall(update: ToolCallUpdate): Change[] {
    this.learn(update._meta?.arriero?.runId ?? "");
    return [...this.hush(), this.put(toolStarted(update, toolId(update)))];
  }

  private toolResult(update: ToolCallUpdate): Change[] {
    const item = this.find(toolId(update)) ?? toolStarted(update, toolId(update));
    return item.kind === "tool" ? [this.put(toolEnded(item, update))] : [];
  }

  /** What was being said is complete. */
  private hush(): Change[] {
    const at = this.speaking;
    this.speaking = undefined;
    return at === undefined ? [] : this.close(at);
  }

  private close(at: number): Change[] {
    const item = this.list[at];
    if (item?.kind === "answer") {
      return [this.put({ ...item, open: false })];
    }
    if (item?.kind === "thought") {
      const ms = this.live ? this.now() - this.began : 0;
      return [this.put({ ...item, open: false, ms })];
    }
    return [];
  }

  private learn(runId: string): void {
    if (runId !== "") {
      this.runId = runId;
    }
  }

  private freshId(kind: string): string {
    this.count += 1;
    return `${kind}-${this.count}`;
  }
}

function toolId({ toolCallId }: ToolCallUpdate): string {
  return `tool-${toolCallId}`;
}

function textOf({ content }: ChunkUpdate): string {
  return content.text ?? "";
}
