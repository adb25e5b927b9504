import {
  type CancellationToken,
  type Disposable,
  ProgressType,
  WorkDoneProgress,
  type WorkDoneProgressBegin,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageserver-protocol";
import type { ChatCall, ChatTurn } from "../lm/messages";
import type { FolderIndex, Reindexed, RepoMap, SearchAnswer, SearchParams } from "./indexMessages";
import {
  type AcceptResult,
  type ChangedRun,
  type CommandArgument,
  type FileDiagnostics,
  type Models,
  method,
  type Proposal,
  type RunResult,
  type Session,
  type Status,
  type Stopped,
  type UndoResult,
} from "./messages";

export type WorkDone = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

/** What is asked of a model, in a conversation that this client leads. */
export interface ChatAsked {
  model: string;
  messages: ChatTurn[];
  tools: { name: string; description: string; parameters: object }[];
}

/** A piece of an answer: text, or a whole call. */
export interface ChatPiece {
  text: string;
  call?: ChatCall | null;
}

/** What is needed of a connection: both a LanguageClient and a bare MessageConnection have it. */
export interface Wire {
  sendRequest<R>(method: string, params: unknown, token?: CancellationToken): Promise<R>;
  sendNotification(method: string, params: unknown): Promise<void>;
  onProgress<P>(type: ProgressType<P>, token: string, handler: (value: P) => void): Disposable;
}

export interface RunOptions {
  /** Cancels the request, and with it the run. */
  token?: CancellationToken;
  onProgress?: (value: WorkDone) => void;
}

const chatPieces = new ProgressType<ChatPiece>();

let progressTokens = 0;

function nextToken(): string {
  progressTokens += 1;
  return `arriero-vscode-${progressTokens}`;
}

/** The server's commands and own requests, typed. Every method rejects when the server refuses. */
export class Api {
  constructor(private readonly wire: Wire) {}

  /** Starts a run and waits for its end. `command` is the server's name, such as "arriero.edit". */
  async run(
    command: string,
    argument: CommandArgument,
    options: RunOptions = {},
  ): Promise<RunResult> {
    if (options.onProgress === undefined) {
      return this.execute<RunResult>(command, argument, { token: options.token });
    }
    const workDoneToken = nextToken();
    const watching = this.wire.onProgress(WorkDoneProgress.type, workDoneToken, options.onProgress);
    try {
      return await this.execute<RunResult>(command, argument, {
        token: options.token,
        workDoneToken,
      });
    } finally {
      watching.dispose();
    }
  }

  /** Applies the given hunks, or all that are open; the edit itself comes as workspace/applyEdit. */
  /** With `confirm` the edit comes to VS Code's Refactor Preview first. */
  accept(runId: string, hunks?: string[], confirm = false): Promise<AcceptResult> {
    const chosen = withHunks(runId, hunks);
    return this.execute("arriero.accept", confirm ? { ...chosen, confirm } : chosen);
  }

  reject(runId: string, hunks?: string[]): Promise<unknown> {
    return this.execute("arriero.reject", withHunks(runId, hunks));
  }

  /** Takes back a run, or only what it did in these files (URIs). */
  undo(runId: string, files?: string[]): Promise<UndoResult> {
    return this.execute("arriero.undo", files === undefined ? { runId } : { runId, files });
  }

  redo(runId: string): Promise<UndoResult> {
    return this.execute("arriero.redo", { runId });
  }

  /** The runs of which something can be taken back or done again, the last one first. */
  async changes(): Promise<ChangedRun[]> {
    const answer = await this.wire.sendRequest<{ runs: ChangedRun[] }>(method.changes, {});
    return answer.runs;
  }

  cancel(runId: string): Promise<unknown> {
    return this.execute("arriero.cancel", { runId });
  }

  /** Ends everything that goes on, for whatever client. */
  stopAll(): Promise<Stopped> {
    return this.execute("arriero.stopAll", {});
  }

  selectModel(model: string): Promise<unknown> {
    return this.execute("arriero.selectModel", { model });
  }

  models(): Promise<Models> {
    return this.wire.sendRequest(method.models, {});
  }

  /** The workspace's sessions, newest first. */
  async sessions(): Promise<Session[]> {
    const answer = await this.wire.sendRequest<{ sessions: Session[] }>(method.sessions, {});
    return answer.sessions;
  }

  /** One model described, beside the list of all. */
  showModel(name: string): Promise<Models> {
    return this.wire.sendRequest(method.models, { show: name });
  }

  /** Fetches a model; a cancelled `token` ends it. Rejects with the provider's sentence. */
  async pullModel(
    name: string,
    token: CancellationToken,
    onProgress: (value: WorkDone) => void,
  ): Promise<Models> {
    const workDoneToken = nextToken();
    const watching = this.wire.onProgress(WorkDoneProgress.type, workDoneToken, onProgress);
    try {
      return await this.wire.sendRequest(method.models, { pull: name, workDoneToken }, token);
    } finally {
      watching.dispose();
    }
  }

  /** One answer of a model, in pieces; resolves at its end. */
  async chat(
    asked: ChatAsked,
    token: CancellationToken,
    onPiece: (piece: ChatPiece) => void,
  ): Promise<void> {
    const partialResultToken = nextToken();
    const watching = this.wire.onProgress(chatPieces, partialResultToken, onPiece);
    try {
      await this.wire.sendRequest(method.chat, { ...asked, partialResultToken }, token);
    } finally {
      watching.dispose();
    }
  }

  status(): Promise<Status> {
    return this.wire.sendRequest(method.status, {});
  }

  proposal(runId: string): Promise<Proposal> {
    return this.wire.sendRequest(method.proposal, { runId });
  }

  diagnostics(files: FileDiagnostics[]): Promise<void> {
    return this.wire.sendNotification(method.diagnostics, { files });
  }

  /** What is in the workspace; with a cancelled `token` it rejects. */
  search(params: SearchParams, token: CancellationToken): Promise<SearchAnswer> {
    return this.wire.sendRequest(method.search, params, token);
  }

  /**
   * How far the index of each folder is. With `wait`, in seconds, it is told once they are ready or
   * the time is over, and indexes that have not begun begin at once.
   */
  async index(wait = 0): Promise<FolderIndex[]> {
    const params = wait > 0 ? { wait } : {};
    const answer = await this.wire.sendRequest<{ indexes: FolderIndex[] }>(method.index, params);
    return answer.indexes;
  }

  /** An outline of at most `tokens`; waits for the index for at most `wait` seconds. */
  map(tokens: number, wait: number): Promise<RepoMap> {
    return this.wire.sendRequest(method.map, { tokens, wait });
  }

  /** Begins to build the indexes of all folders from nothing. */
  reindex(): Promise<Reindexed> {
    return this.execute("arriero.reindex", {});
  }

  private execute<R>(
    command: string,
    argument: unknown,
    {
      token,
      workDoneToken,
    }: { token?: CancellationToken | undefined; workDoneToken?: string } = {},
  ): Promise<R> {
    const params = { command, arguments: [argument], ...(workDoneToken && { workDoneToken }) };
    // A third argument that is no token would be taken for a second positional parameter.
    return token === undefined
      ? this.wire.sendRequest<R>("workspace/executeCommand", params)
      : this.wire.sendRequest<R>("workspace/executeCommand", params, token);
  }
}

function withHunks(runId: string, hunks: string[] | undefined) {
  return hunks === undefined ? { runId } : { runId, hunks };
}
