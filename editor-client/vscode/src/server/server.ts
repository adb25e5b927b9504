import { type Disposable, EventEmitter, type LogOutputChannel, workspace } from "vscode";
import { type LanguageClient, type Middleware, State } from "vscode-languageclient/node";
import { Api } from "../protocol/api";
import { method, type ProposalChanged, type Status } from "../protocol/messages";
import { clearServerPath, serverPath } from "../settings/read";
import type { ServerState } from "../status/text";
import { createClient } from "./client";
import { whyNotStarted } from "./diagnose";
import { executing } from "./execute";
import { type Found, findServer } from "./find";
import { isOlder } from "./install";
import { thisMachine } from "./machine";
import type { OwnServer } from "./own";
import { choicesWithoutServer, installProblem, type Problem, restart, showLog } from "./problems";
import { NotRunning, NotTrusted } from "./refusals";
import { RestartPolicy } from "./restarts";

/** The server answers `initialize` at once; one that takes this long, in ms, hangs. */
const startLimit = 30_000;

/** The one server of this window: found, started, restarted, stopped. */
export class Server implements Disposable {
  private current: LanguageClient | undefined;
  private starting: Promise<void> | undefined;
  private lastState: ServerState = "stopped";
  private lastStatus: Status | undefined;
  private started: Found | undefined;

  private readonly states = new EventEmitter<ServerState>();
  private readonly statuses = new EventEmitter<Status>();
  private readonly proposals = new EventEmitter<ProposalChanged>();
  private readonly problems = new EventEmitter<Problem>();

  readonly onState = this.states.event;
  readonly onStatus = this.statuses.event;
  readonly onProposalChanged = this.proposals.event;
  /** The server cannot be started, or ended and stays down, or is too old. */
  readonly onProblem = this.problems.event;

  /** How commands of code actions are run; set before the first start. */
  executeCommand: NonNullable<Middleware["executeCommand"]> = (command, args, next) =>
    next(command, args);

  constructor(
    private readonly log: LogOutputChannel,
    private readonly own: OwnServer,
  ) {}

  /** The program that was last started. */
  get program(): Found | undefined {
    return this.started;
  }

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
    if (this.lastState === "untrusted") {
      throw new NotTrusted();
    }
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

  /** Set up the server that the extension brings, and use it from now on. */
  async useOwn(): Promise<void> {
    await this.own.prefer();
    if (serverPath().trim() !== "") {
      await clearServerPath();
    }
    await this.restart();
  }

  /** Ask for the status once more; what is told goes to `onStatus`. */
  async look(): Promise<void> {
    if (this.current !== undefined && this.lastState === "running") {
      await this.askStatus(this.current);
    }
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
    if (!workspace.isTrusted) {
      this.enter("untrusted");
      return;
    }
    const found = await this.find();
    if (found === undefined) {
      return;
    }
    this.started = found;
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

  /** The server to start; says what is wrong where there is none. */
  private async find(): Promise<Found | undefined> {
    const wanted = serverPath();
    const ours = wanted.trim() === "" ? await this.own.ready() : undefined;
    if (ours !== undefined && this.own.preferred) {
      return ours;
    }
    const found = findServer(wanted, thisMachine());
    if (!("problem" in found) && !(wanted.trim() === "" && this.own.preferred)) {
      return found;
    }
    try {
      const made = ours ?? (wanted.trim() === "" ? await this.setUp() : undefined);
      if (made === undefined) {
        this.enter("missing");
        const text = "problem" in found ? found.problem : "Arriero's server is not set up.";
        this.problems.fire({ level: "error", text, choices: choicesWithoutServer });
      }
      return made;
    } catch (error) {
      this.enter("missing");
      this.log.error("The server was not set up:", messageOf(error));
      this.problems.fire(installProblem(error));
      return undefined;
    }
  }

  private async setUp(): Promise<Found | undefined> {
    this.enter("installing");
    return this.own.install();
  }

  /** A server that is older than the extension lacks what the extension asks of it. */
  private async checkVersion(client: LanguageClient): Promise<void> {
    const version = client.initializeResult?.serverInfo?.version;
    const ours = await this.own.version();
    if (version !== undefined && ours !== undefined && isOlder(version, ours)) {
      const text = `Arriero's server is version ${version}, older than this extension's ${ours}. Some of it may not work until the server is upgraded.`;
      const choices = [
        { title: `Use ${ours}`, command: "arriero.ui.installServer" },
        { title: "Open Settings", command: "arriero.ui.settings" },
      ];
      this.problems.fire({ level: "warning", text, choices });
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
        void this.checkVersion(client);
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

  /** A status that was asked for elsewhere is news too. */
  take(status: Status): void {
    this.lastStatus = status;
    this.statuses.fire(status);
  }

  /** The server ended by itself and is not started again. Called at most once for a client. */
  private gone(client: LanguageClient): void {
    if (client !== this.current) {
      return;
    }
    this.current = undefined;
    const never = this.lastState === "starting";
    this.enter("stopped");
    if (never && this.started !== undefined) {
      const execute = executing((line) => this.log.info(line));
      void whyNotStarted(this.started, execute).then((problem) => this.problems.fire(problem));
    } else {
      const text = "Arriero's server ended unexpectedly; the log says why.";
      this.problems.fire({ level: "error", text, choices: [restart, showLog] });
    }
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
