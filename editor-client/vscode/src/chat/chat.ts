import type { RunStatus } from "../protocol/messages";
import type { ServerState } from "../status/text";
import type { PermissionAnswer, PermissionParams, UpdateParams } from "./acp";
import type { Conversation, ConversationEvents } from "./conversation";
import type { Change, Chip } from "./items";
import { begin, cardOf, load, proposalOf } from "./opening";
import { chatState, Screen } from "./screen";
import { sessionLines } from "./sessions";
import { Shelf } from "./shelf";
import type { Surroundings } from "./surroundings";
import { WaitingWords } from "./waiting";

/** The chat of one window: the session that it shows, and those in which runs go on beside it. */
export class Chat implements ConversationEvents {
  private readonly shelf = new Shelf();
  private connection: ServerState = "stopped";
  private starting: Promise<void> | undefined;
  /** A session is about to be shown; never rejects. */
  private opening: Promise<unknown> = Promise.resolve();
  private wanted = false;
  private problem = "";
  private readonly screen: Screen;
  private readonly words: WaitingWords;

  constructor(private readonly around: Surroundings) {
    this.screen = new Screen(around.post);
    this.words = new WaitingWords(around);
  }

  get current(): Conversation | undefined {
    return this.shelf.shown;
  }

  // -- the page

  /** The page is there and knows nothing. */
  async greet(): Promise<void> {
    this.wanted = true;
    const draft = this.around.draft();
    if (draft !== undefined) {
      this.around.post({ type: "draft", ...draft });
    }
    this.sendAll();
    await this.start();
  }

  /** Send a message in the session that is shown. */
  async send(text: string, chips: Chip[]): Promise<void> {
    await this.start();
    await this.opening;
    const conversation = this.current;
    if (conversation === undefined || this.connection !== "running") {
      this.around.post({ type: "draft", text, chips });
      return;
    }
    await conversation.send(text, chips);
  }

  /** Ask in other words: the session is copied up to that message, and goes on there. */
  async again(id: string, text: string, chips: Chip[]): Promise<void> {
    const from = this.current;
    const item = from?.transcript.find(id);
    if (from === undefined || from.busy || item?.kind !== "user") {
      return;
    }
    if (item.runId !== "") {
      const acp = await this.around.acp();
      await this.show(await acp.fork(from.id, item.runId));
    }
    await this.current?.send(text, chips);
  }

  /** Do what was planned: the same session, as an agent. */
  async carryOut(): Promise<void> {
    await this.current?.setMode("agent");
    await this.current?.send("Carry out this plan.", []);
  }

  // -- sessions

  /** Show the session of before, or a new one, unless one is shown. */
  start(): Promise<void> {
    if (this.current !== undefined || this.connection !== "running" || !this.wanted) {
      return Promise.resolve();
    }
    this.starting ??= this.openFirst().finally(() => {
      this.starting = undefined;
      this.sendState();
    });
    return this.starting;
  }

  async begin(): Promise<void> {
    const empty = this.current?.transcript.items.length === 0;
    if (!empty) {
      await this.open(undefined);
    }
  }

  async show(sessionId: string): Promise<void> {
    if (sessionId !== this.current?.id) {
      await this.open(sessionId);
    }
  }

  async fork(sessionId: string): Promise<void> {
    await this.show(await (await this.around.acp()).fork(sessionId));
    await this.tellSessions(false);
  }

  async rename(sessionId: string, title: string): Promise<void> {
    await (await this.around.acp()).rename(sessionId, title);
    await this.tellSessions(false);
  }

  async remove(sessionId: string): Promise<void> {
    await (await this.around.acp()).delete(sessionId);
    this.words.forget(sessionId);
    if (sessionId === this.current?.id) {
      this.shelf.shown = undefined;
      await this.open(undefined);
    }
    await this.tellSessions(false);
  }

  /** Send the list of sessions; with `show` it is to be opened. */
  async tellSessions(show: boolean): Promise<void> {
    const found = await (await this.around.acp()).sessions();
    for (const one of this.shelf.all) {
      one.title = found.find(({ sessionId }) => sessionId === one.id)?.title || one.title;
    }
    const sessions = sessionLines(
      found,
      this.current?.id ?? "",
      Date.now() / 1000,
      this.words.queuedIn,
    );
    this.around.post({ type: "sessions", sessions, show });
    this.sendState();
  }

  // -- the server

  connected(state: ServerState): void {
    const before = this.connection;
    this.connection = state;
    if (before === "running" && state !== "running") {
      this.shelf.lose();
    }
    this.sendState();
    if (before !== "running" && state === "running") {
      this.resume().catch((error: unknown) => this.around.failed(error));
    }
  }

  update({ sessionId, update }: UpdateParams): void {
    this.shelf.find(sessionId)?.update(update);
  }

  ask(params: PermissionParams): Promise<PermissionAnswer> {
    const conversation = this.shelf.find(params.sessionId);
    return conversation === undefined
      ? Promise.resolve({ outcome: { outcome: "cancelled" } })
      : conversation.ask(params);
  }

  /** The proposal of a run became another. */
  async proposalChanged(runId: string, undone = false): Promise<void> {
    const conversation = this.shelf.withRun(runId);
    const grows = conversation?.busy && conversation.transcript.runId === runId;
    if (conversation !== undefined && !grows) {
      await conversation.proposes(await proposalOf(this.around, runId, undone), undone);
    }
  }

  /** The card of a proposal came into sight of which only the run is known. */
  async seen(runId: string): Promise<void> {
    const conversation = this.current;
    conversation?.proposes(await cardOf(this.around, runId));
  }

  /** The runs that go on in the workspace. */
  running(runs: readonly RunStatus[]): void {
    this.shelf.running(runs);
  }

  // -- what conversations say

  changed(from: Conversation, changes: Change[]): void {
    if (from === this.current) {
      this.screen.change(changes);
    }
  }

  moved(from: Conversation): void {
    if (this.shelf.all.includes(from)) {
      this.words.note(from); // not of one that is being loaded: it has not got back its own yet
    }
    if (from === this.current) {
      this.sendState();
    }
  }

  ended(from: Conversation, runId: string): void {
    this.afterRun(from, runId).catch((error: unknown) => this.around.failed(error));
  }

  asks(from: Conversation, title: string): void {
    const shown = from === this.current;
    this.around.attention(from.id, shown ? title : `${from.title}: ${title}`, shown);
  }

  // -- below

  private async openFirst(): Promise<void> {
    const folder = this.around.folder();
    this.problem = folder === undefined ? "Open a folder to chat about it." : "";
    const remembered = this.around.remembered();
    if (remembered !== undefined && folder !== undefined) {
      try {
        await this.open(remembered);
        return;
      } catch (error) {
        this.around.failed(error); // deleted meanwhile, or of another folder
      }
    }
    await this.open(undefined);
  }

  /** Show a session, or a new one; the one that was shown goes on beside it if it has work. */
  private open(sessionId: string | undefined): Promise<void> {
    const work = this.opened(sessionId);
    this.opening = work.catch(() => {}); // whoever asked for it hears of a failure
    return work;
  }

  private async opened(sessionId: string | undefined): Promise<void> {
    const folder = this.around.folder();
    if (folder === undefined) {
      return;
    }
    const beside = this.shelf.beside(sessionId);
    const next = beside ?? (await this.fetched(sessionId, folder));
    this.shelf.turnTo(next);
    if (next !== beside) {
      this.words.giveBack(next);
    }
    this.problem = "";
    this.around.remember(next.id);
    this.sendAll();
    this.running(this.around.runs());
    this.afterOpening(next).catch((error: unknown) => this.around.failed(error));
  }

  private fetched(sessionId: string | undefined, folder: string): Promise<Conversation> {
    return sessionId === undefined
      ? begin(this.around, this, folder)
      : load(this.around, this, this.shelf, sessionId, folder);
  }

  private async afterOpening(conversation: Conversation): Promise<void> {
    await this.tellSessions(false);
    await this.tellContext(conversation);
  }

  private async afterRun(conversation: Conversation, runId: string): Promise<void> {
    if (runId !== "") {
      await conversation.proposes(await proposalOf(this.around, runId, true));
    }
    this.shelf.settle(conversation);
    await this.tellContext(conversation);
    await this.tellSessions(false);
  }

  private async tellContext(conversation: Conversation): Promise<void> {
    conversation.holds(await (await this.around.acp()).context(conversation.id));
  }

  /** The server is there again: the session is told anew, and what was typed goes on from there. */
  private async resume(): Promise<void> {
    const before = this.current;
    if (before === undefined) {
      await this.start();
      return;
    }
    await this.open(before.id);
    const found = await (await this.around.acp()).sessions();
    this.words.elsewhere(before.id, found).map((told) => this.current?.tell("info", told));
  }

  private sendAll(): void {
    this.sendState();
    this.screen.showAll(this.current?.transcript.items ?? []);
  }

  private sendState(): void {
    this.screen.showState(chatState(this.current, this.connection, this.problem));
  }
}
