import type { Update } from "../src/chat/acp";
import type { Session } from "../src/protocol/messages";
import { FakeServer } from "./fakeServer";

/** A server of sessions: it answers as the test says, and remembers what it was asked. */
export class FakeSessions {
  readonly fake = new FakeServer();
  readonly prompts: { sessionId: string; text: string; end: (answer: unknown) => void }[] = [];
  readonly forks: unknown[] = [];
  readonly cancelled: string[] = [];
  history: Update[] = [];
  list: Session[] = [];
  private made = 0;

  constructor() {
    const { server } = this.fake;
    const setUp = {
      modes: { currentModeId: "agent", availableModes: [{ id: "agent", name: "Agent" }] },
      configOptions: [this.option("model", "small", ["small", "large"])],
    };
    server.onRequest("session/new", () => {
      this.made += 1;
      return { sessionId: `ses_${this.made}`, ...setUp };
    });
    server.onRequest("session/load", async ({ sessionId }: { sessionId: string }) => {
      if (sessionId === "ses_gone") {
        throw new Error("There is no session 'ses_gone'.");
      }
      for (const update of this.history) {
        await this.tell(sessionId, update);
      }
      return setUp;
    });
    server.onRequest("session/prompt", ({ sessionId, prompt }) => {
      const text = prompt.map((block: { text?: string }) => block.text ?? "").join("");
      return new Promise((end) => this.prompts.push({ sessionId, text, end }));
    });
    server.onNotification("session/cancel", ({ sessionId }) => {
      this.cancelled.push(sessionId);
    });
    server.onRequest("session/set_config_option", ({ configId, value }) => ({
      configOptions: [this.option(configId, value, [value])],
    }));
    server.onRequest("arriero/sessions", (params): { sessions: Partial<Session>[] } => {
      if ("fork" in params) {
        this.forks.push(params);
        return { sessions: [{ sessionId: "ses_copy", title: "", runs: [] }] };
      }
      return { sessions: this.list };
    });
    server.onRequest("arriero/context", () => ({ context: null }));
  }

  tell(sessionId: string, update: Update): Promise<void> {
    return this.fake.server.sendNotification("session/update", { sessionId, update });
  }

  private option(id: string, currentValue: string, values: string[]) {
    return {
      type: "select",
      id,
      name: id,
      currentValue,
      options: values.map((value) => ({ value, name: value })),
    };
  }
}
