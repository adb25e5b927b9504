import { commands, type LogOutputChannel, Uri, window } from "vscode";
import type { AnswerView } from "../answers/view";
import type { Proposals } from "../review/proposals";
import { trust } from "../server/problems";
import type { Server } from "../server/server";
import type { Acp } from "./acp";
import type { Chat } from "./chat";
import { copy, decide, insert, openFile, openLink, showResult } from "./deeds";
import { findMentions } from "./mentions";
import type { Draft, FromView, ProposalDeed } from "./messages";
import { chipOfUri } from "./places";
import type { Terminals } from "./terminals";
import type { ChatView } from "./view";

interface Parts {
  server: Server;
  proposals: Proposals;
  answers: AnswerView;
  terminals: Terminals;
  log: LogOutputChannel;
  acp: () => Promise<Acp>;
  /** Keep what is being written. */
  keep: (draft: Draft) => void;
}

type Handlers = {
  [T in FromView["type"]]: (message: Extract<FromView, { type: T }>) => unknown;
};

/** Does what the page asks for. */
export class Page {
  private readonly handlers: Handlers;

  constructor(
    private readonly chat: Chat,
    private readonly view: ChatView,
    private readonly parts: Parts,
  ) {
    this.handlers = {
      ready: () => this.later(() => chat.greet()),
      send: ({ text, chips }) => chat.send(text, chips),
      stop: () => chat.current?.stop(),
      again: ({ id, text, chips }) => chat.again(id, text, chips),
      carryOut: () => chat.carryOut(),
      answer: ({ id, choice }) => chat.current?.answer(id, choice),
      mode: ({ id }) => chat.current?.setMode(id),
      model: ({ name }) => chat.current?.setModel(name),
      new: () => chat.begin(),
      list: () => chat.tellSessions(true),
      open: ({ sessionId }) => chat.show(sessionId),
      fork: ({ sessionId }) => chat.fork(sessionId),
      delete: ({ sessionId }) => this.remove(sessionId),
      rename: ({ sessionId, title }) => chat.rename(sessionId, title),
      unqueue: ({ id }) => chat.current?.unqueue(id),
      goOn: () => chat.current?.goOn(),
      find: ({ query }) => this.find(query),
      link: ({ href }) => openLink(href),
      file: ({ path, line }) => openFile(path, line),
      copy: ({ text }) => copy(text),
      insert: ({ text }) => insert(text),
      result: ({ id }) => this.result(id),
      proposal: ({ runId, deed }) => this.proposal(runId, deed),
      seen: ({ runId }) => chat.seen(runId),
      context: () => this.context(),
      drop: ({ uris }) => this.drop(uris),
      draft: ({ text, chips }) => parts.keep({ text, chips }),
      restart: () => parts.server.restart(),
      trust: () => commands.executeCommand(trust.command),
      setUp: () => commands.executeCommand("arriero.ui.walkthrough"),
    };
  }

  /** Rejects with what went wrong, a sentence. */
  async receive(message: FromView): Promise<void> {
    const handle = this.handlers[message.type] as ((message: FromView) => unknown) | undefined;
    await handle?.(message);
  }

  /** The view notes first that its page is there. */
  private async later(work: () => Promise<void>): Promise<void> {
    await Promise.resolve();
    await work();
  }

  private async remove(sessionId: string): Promise<void> {
    const question = "Delete this session with all its messages? This cannot be undone.";
    const picked = await window.showWarningMessage(question, { modal: true }, "Delete");
    if (picked !== undefined) {
      await this.chat.remove(sessionId);
    }
  }

  private async find(query: string): Promise<void> {
    const found = await findMentions(query, this.parts.server, this.parts.terminals);
    this.view.post({ type: "found", query, found });
  }

  private async result(id: string): Promise<void> {
    const session = this.chat.current;
    const item = session?.transcript.find(id);
    if (session === undefined || item?.kind !== "tool") {
      return;
    }
    const callId = id.replace(/^tool-/, "");
    const whole = await (await this.parts.acp()).result(session.id, callId);
    await showResult(this.parts.answers, item.title, whole ?? item.result);
  }

  private async proposal(runId: string, deed: ProposalDeed): Promise<void> {
    if (deed !== "undo") {
      await decide(runId, deed);
      return;
    }
    const { applied, kept, message } = await (await this.parts.server.api()).undo(runId);
    if (applied) {
      await this.chat.proposalChanged(runId, true);
    }
    if (!applied || kept.length > 0) {
      const text = message || "Not all of it could be taken back, as you have changed it since.";
      this.chat.current?.tell("warning", text);
    }
  }

  private async context(): Promise<void> {
    const session = this.chat.current;
    if (session !== undefined) {
      const context = await (await this.parts.acp()).context(session.id);
      const none = "Nothing was sent to a model in this session yet.";
      this.view.post({ type: "context", markdown: context?.markdown ?? none });
    }
  }

  private async drop(uris: string[]): Promise<void> {
    const chips = await Promise.all(uris.map((uri) => chipOfUri(here(Uri.parse(uri)))));
    this.view.post({ type: "attach", chips });
  }
}

/** In a remote window the page is told files as the remote's, which are files here. */
function here(uri: Uri): Uri {
  return uri.scheme === "vscode-remote" ? Uri.file(uri.path) : uri;
}
