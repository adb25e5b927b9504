import { type Disposable, EventEmitter, type LogOutputChannel } from "vscode";
import { type LanguageClient, type Middleware, State } from "vscode-languageclient/node";
import { Api } from "../protocol/api";
import { method, type ProposalChanged, type Status } from "../protocol/messages";
import { serverPath } from "../settings/read";
import type { ServerState } from "../status/text";
import { createClient } from "./client";
import { findServer } from "./find";
import { thisMachine } from "./machine";
import { RestartPolicy } from "./restarts";

/** Why a command cannot run; the text is for the user. */
export class NotRunning extends Error {
  constructor() {
    super("Arriero's server is not running.");
  }
}

/** The server answers `initialize` at once; one that takes this long, in ms, hangs. */
const startLimit = 30_000;

/** The one server of this window: found, started, restarted, stopped. */
export class Server implements Disposable {
  private current: LanguageClient | undefined;
  private starting: Promise<void> | undefined;
  private lastState: ServerState = "stopped";
  private lastStatus: Status | undefined;

  private readonly states = new EventEmitter<ServerState>();
  private readonly statuses = new EventEmitter<Status>();
  private readonly proposals = new EventEmitter<ProposalChanged>();
  private readonly problems = new EventEmitter<string>();

  readonly onState = this.states.event;
  readonly onStatus = this.statuses.event;
  readonly onProposalChanged = this.proposals.event;
  /** The server cannot be started, or ended and stays down: a sentence for the user. */
  readonly onProblem = this.problems.event;

  /** How commands of code actions are run; set before the first start. */
  executeCommand: NonNullable<Middleware["executeCommand"]> = (command, args, next) =>
    next(command, args);

  constructor(private readonly log: LogOutputChannel) {}

  get client(): LanguageClient | undefined {
    return this.current;
  }

  get state(): ServerState {
    return this.lastState;
  }

  get status(): Status | undefined {
    return this.lastStatus;
  }

  /** The server's commands; waits for a start that is going on. */
  async api(): Promise<Api> {
    await this.starting;
    if (this.current === undefined || this.lastState !== "running") {
      throw new NotRunning();
    }
    return new Api(this.current);
  }

  /** Start the server unless it runs. Never rejects: what is wrong goes to `onProblem`. */
  start(): Promise<void> {
    this.starting ??= this.launch().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.starting; // a start that was going on ends now that its process has
    await this.start();
  }

  async stop(): Promise<void> {
    const client = this.current;
    this.current = undefined;
    this.enter("stopped");
    if (client !== undefined) {
      await this.end(client);
    }
  }

  dispose(): void {
    this.states.dispose();
    this.statuses.dispose();
    this.proposals.dispose();
    this.problems.dispose();
  }

  private async launch(): Promise<void> {
    if (this.current !== undefined) {
      return;
    }
    const found = findServer(serverPath(), thisMachine());
    if ("problem" in found) {
      this.enter("missing");
      this.problems.fire(found.problem);
      return;
    }
    this.log.info(`Starting ${[found.command, ...found.args].join(" ")}`);
    this.enter("starting");
    const policy = new RestartPolicy();
    const client = createClient(found, {
      log: this.log,
      policy,
      executeCommand: (command, args, next) => this.executeCommand(command, args, next),
      onGone: () => this.gone(client),
    });
    this.current = client;
    this.listen(client, policy);
    try {
      await inTime(client.start());
    } catch (error) {
      this.log.error("The server did not start:", messageOf(error));
      this.gone(client);
    }
  }

  private listen(client: LanguageClient, policy: RestartPolicy): void {
    client.onDidChangeState(({ newState }) => {
      if (client !== this.current) {
        return;
      }
      if (newState === State.Running) {
        policy.started();
        this.enter("running");
        void this.askStatus(client);
      } else if (newState === State.Starting) {
        this.enter("starting");
      }
    });
    client.onNotification(method.statusChanged, (status: Status) => this.take(status));
    client.onNotification(method.proposalChanged, (change: ProposalChanged) =>
      this.proposals.fire(change),
    );
  }

  private async askStatus(client: LanguageClient): Promise<void> {
    try {
      this.take(await new Api(client).status());
    } catch (error) {
      this.log.warn(
        "The server did not tell its status:",
        error instanceof Error ? error.message : error,
      );
    }
  }

  private take(status: Status): void {
    this.lastStatus = status;
    this.statuses.fire(status);
  }

  /** The server ended by itself and is not started again. Called at most once for a client. */
  private gone(client: LanguageClient): void {
    if (client !== this.current) {
      return;
    }
    this.current = undefined;
    const what = this.lastState === "starting" ? "could not be started" : "ended unexpectedly";
    this.enter("stopped");
    this.problems.fire(`Arriero's server ${what}; the log says why.`);
    void this.end(client);
  }

  private async end(client: LanguageClient): Promise<void> {
    const process = client.serverProcess;
    try {
      await client.dispose();
    } catch (error) {
      // A client that never got to run cannot be stopped in the orderly way.
      this.log.debug("The client was not stopped cleanly:", messageOf(error));
      process?.kill();
    }
  }

  private enter(state: ServerState): void {
    if (state !== "running") {
      this.lastStatus = undefined;
    }
    if (this.lastState !== state) {
      this.lastState = state;
      this.states.fire(state);
    }
  }
}

async function inTime(start: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    const text = `no answer to initialize within ${startLimit / 1000} s`;
    timer = setTimeout(() => reject(new Error(text)), startLimit);
  });
  try {
    await Promise.race([start, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
