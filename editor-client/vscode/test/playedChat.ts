import assert from "node:assert/strict";
import type { MessageConnection } from "vscode-languageserver-protocol/node";
import { Acp, type PermissionParams, type UpdateParams } from "../src/chat/acp";
import { Chat } from "../src/chat/chat";
import type { ChatState, ToView } from "../src/chat/messages";
import type { Surroundings } from "../src/chat/surroundings";
import type { Waiting } from "../src/chat/waiting";
import { FakeSessions } from "./fakeSessions";

/** A chat with a server and a page that a test plays. */
export class PlayedChat {
  readonly sessions = new FakeSessions();
  readonly posted: ToView[] = [];
  readonly asked: string[] = [];
  remembered: string | undefined;
  waiting: Readonly<Record<string, Waiting>> = {};
  chat: Chat;

  constructor() {
    this.chat = new Chat(this.around());
    this.hear(this.sessions.fake.client);
  }

  close(): void {
    this.sessions.fake.close();
  }

  around(): Surroundings {
    return {
      acp: async () => new Acp(this.sessions.fake.client),
      folder: () => "/w",
      post: (message) => this.posted.push(message),
      remembered: () => this.remembered,
      remember: (sessionId) => {
        this.remembered = sessionId;
      },
      waiting: () => this.waiting,
      keepWaiting: (all) => {
        this.waiting = structuredClone(all); // as VS Code keeps it
      },
      proposal: async () => undefined,
      nameOf: (uri) => uri,
      draft: () => undefined,
      runs: () => [],
      attention: (_session, title) => this.asked.push(title),
      failed: () => {},
    };
  }

  hear(client: MessageConnection): void {
    client.onNotification("session/update", (params: UpdateParams) => this.chat.update(params));
    client.onRequest("session/request_permission", (params: PermissionParams) =>
      this.chat.ask(params),
    );
  }

  /** The server is there, and the page. */
  async opened(): Promise<void> {
    this.chat.connected("running");
    await this.chat.greet();
  }

  /** What the page was told last. */
  state(): ChatState {
    const last = this.posted.findLast((message) => message.type === "state");
    assert.ok(last?.type === "state");
    return last.state;
  }

  items() {
    return this.chat.current?.transcript.items ?? [];
  }

  kinds() {
    return this.items().map((item) => item.kind);
  }
}

export async function until(probe: () => unknown): Promise<void> {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (probe()) {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`waited in vain for ${probe}`);
}

export const ended = (stopReason: string, runId: string) => ({
  stopReason,
  _meta: { arriero: { runId } },
});
