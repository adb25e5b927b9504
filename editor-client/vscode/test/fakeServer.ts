import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { Api } from "../src/protocol/api";

/**
 * A client and a server that speak JSON-RPC through memory: the real framing and the real
 * cancellation, a server that says what the test tells it to.
 */
export class FakeServer {
  readonly client: MessageConnection;
  readonly server: MessageConnection;
  /** The params of every workspace/executeCommand, in order. */
  readonly executed: { command: string; arguments: unknown[]; workDoneToken?: string }[] = [];
  readonly api: Api;

  constructor() {
    const up = new PassThrough();
    const down = new PassThrough();
    this.client = createMessageConnection(
      new StreamMessageReader(down),
      new StreamMessageWriter(up),
    );
    this.server = createMessageConnection(
      new StreamMessageReader(up),
      new StreamMessageWriter(down),
    );
    this.client.listen();
    this.server.listen();
    this.api = new Api(this.client);
  }

  /** Answer commands by name; a command without an answer is an error. */
  onCommand(answers: Record<string, (argument: never) => unknown>): void {
    this.server.onRequest("workspace/executeCommand", (params, ...more) => {
      // Params that were sent as a list arrive here as several arguments; the last is the token.
      assert.equal(more.length, 1, "params must be one object");
      this.executed.push(params);
      const answer = answers[params.command];
      if (answer === undefined) {
        throw new Error(`no answer for ${params.command}`);
      }
      return answer(params.arguments[0] as never);
    });
  }

  close(): void {
    this.client.dispose();
    this.server.dispose();
  }
}
