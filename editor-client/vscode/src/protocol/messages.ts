/** Arriero's own LSP messages, as docs/protocol.md gives them. No `vscode` here: tests run it bare. */

import type { Diagnostic, Range, WorkspaceEdit } from "vscode-languageserver-protocol";
import type { IndexSummary } from "./indexMessages";

export const method = {
  proposal: "arriero/proposal",
  chat: "arriero/chat",
  models: "arriero/models",
  sessions: "arriero/sessions",
  changes: "arriero/changes",
  status: "arriero/status",
  diagnostics: "arriero/diagnostics",
  search: "arriero/search",
  index: "arriero/index",
  map: "arriero/map",
  statusChanged: "arriero/statusChanged",
  proposalChanged: "arriero/proposalChanged",
} as const;

/** What this client does itself, told to the server in `initializationOptions`. */
export const clientDoes = { review: "client", answers: "client" } as const;

/** The one argument of every `arriero.*` command. */
export interface CommandArgument {
  textDocument?: { uri: string };
  range?: Range;
  prompt?: string;
  diagnostics?: Diagnostic[];
  sessionId?: string;
  model?: string;
}

export type StopReason =
  | "end_turn"
  | "max_tokens"
  | "max_turn_requests"
  | "refusal"
  | "cancelled"
  | "error"
  | "interrupted";

/** What a command that starts a run answers. */
export interface RunResult {
  sessionId: string;
  runId: string;
  stopReason: StopReason;
  /** Markdown: the model's last words, or what went wrong. */
  message: string;
  applied: boolean;
  edit?: WorkspaceEdit | null;
}

export type HunkState = "open" | "accepted" | "rejected" | "stale";

/**
 * Whole lines of `oldText` from `line` (0-based) that become `newLines`, line ends included. Ids
 * never change. To rename a file is a hunk without lines.
 */
export interface Hunk {
  id: string;
  state: HunkState;
  line: number;
  oldLines: string[];
  newLines: string[];
}

export interface FileProposal {
  uri: string;
  kind: "edit" | "create" | "delete" | "rename";
  newUri?: string | null;
  /** The user's text that the proposal is for; null where there is no file. */
  oldText: string | null;
  /** `oldText` with the open hunks; null where there will be no file. */
  newText: string | null;
  hunks: Hunk[];
}

export interface Proposal {
  runId: string;
  sessionId: string;
  label: string;
  files: FileProposal[];
  edit?: WorkspaceEdit | null;
}

export interface AcceptResult {
  runId: string;
  applied: boolean;
  hunks: string[];
  stale: string[];
  message: string;
}

/** Lines that were left as they are, from `line` (from 0) on; null is no file, or no text. */
export interface Conflict {
  uri: string;
  hunks: string[];
  line: number;
  /** What the run put there, what was to be there, and what is there. */
  written: string | null;
  wanted: string | null;
  found: string | null;
}

export interface UndoResult {
  runId: string;
  applied: boolean;
  /** URIs of files in which something could not be taken back, or done again. */
  kept: string[];
  message: string;
  runs: string[];
  hunks: string[];
  conflicts: Conflict[];
}

/** A run that changed files; `applied` and `takenBack` are ids of hunks, `at` Unix seconds. */
export interface ChangedRun {
  runId: string;
  sessionId: string;
  label: string;
  at: number;
  files: { uri: string; applied: string[]; takenBack: string[] }[];
}

/** What was going on when everything was stopped. */
export interface Stopped {
  /** `ended` is false where that takes longer than the server waits. */
  runs: { runId: string; label: string; ended: boolean }[];
}

export interface Model {
  name: string;
  provider: string;
  /** Bytes; 0 where it is not told. */
  size: number;
  parameterSize: string;
}

/** `model` is null where Arriero chooses the best that it finds. */
export interface SelectedModel {
  provider: string;
  model: string | null;
}

/** What is known of one model; `window` in tokens. */
export interface ShownModel {
  name: string;
  provider: string;
  capabilities: string[];
  family: string;
  window: number;
}

export interface Models {
  models: Model[];
  selected: SelectedModel;
  /** Where one was asked for. */
  shown?: ShownModel | null;
}

export interface Session {
  sessionId: string;
  title: string;
  /** In Unix seconds. */
  updatedAt: number;
  /** Oldest first; `stopReason` is null while the run goes on. */
  runs: { runId: string; label: string; stopReason: StopReason | null }[];
}

/** A run that goes on, or whose proposal waits; `step` counts the model's answers. */
export interface RunStatus {
  runId: string;
  sessionId: string;
  label: string;
  state: "running" | "review";
  step: number;
}

/** What the newest session takes of its model's window; counts are tokens. */
export interface Context {
  sessionId: string;
  model: string;
  /** 0 where it is not known. */
  window: number;
  promptTokens: number;
  answerTokens: number;
  /** A line for each thing that the model is not sent any more. */
  leftOut: string[];
  /** All of it in one line, and on a Markdown page. */
  line: string;
  markdown: string;
}

/** Who says how large a model's window is. */
export type WindowSource = "settings" | "modelfile" | "fits" | "trained" | "default";

/** Where the model is; `cpuShare`, 0 to 1, is the part of it that runs on the CPU. */
export interface Residence {
  model: string;
  state: "unknown" | "absent" | "loading" | "loaded";
  /** In tokens; 0 where it is not known. */
  window: number;
  cpuShare: number;
  /** Null where another program chose the window. */
  windowSource?: WindowSource | null;
}

/** Who suggests while the user types; it counts what this connection was shown and took. */
export interface CompletionStatus {
  enabled: boolean;
  model: string | null;
  shown: number;
  accepted: number;
  /** Why there are no suggestions; may be empty. */
  message: string;
}

export interface Status {
  version: string;
  /** Null where Arriero chooses the best that it finds. */
  model: string | null;
  provider: string;
  /** "unknown": not asked yet. */
  providerState: "ready" | "unavailable" | "unknown";
  /** A sentence that says what to do; empty when all is well. */
  message: string;
  runs: RunStatus[];
  connections: number;
  /** The kind of shadow in which commands run, or the setting while there is none yet. */
  shadow: string;
  /** What that confines, in one line; empty while there is none. */
  boundary?: string;
  /** Null before a model has answered in these folders. */
  context?: Context | null;
  /** Null while no model is known. */
  residence?: Residence | null;
  /** Null without a folder. */
  index?: IndexSummary | null;
  /** Null for a client that shows no suggestions. */
  completion?: CompletionStatus | null;
}

export interface ProposalChanged {
  runId: string;
  uris: string[];
  openHunks: number;
}

export interface FileDiagnostics {
  uri: string;
  diagnostics: Diagnostic[];
}
