/** What a chat shows, as values. The view draws these and knows nothing of protocols. */

/** What stands beside a message: something in the workspace, or a text that is sent with it. */
export interface Chip {
  kind: "file" | "folder" | "symbol" | "problems" | "git" | "terminal" | "text";
  /** A path as the server reads it, a symbol's name, or what the text is. */
  name: string;
  /** Lines of a file from 1, both included; 0 for all of it. */
  first: number;
  last: number;
  /** For what the server cannot read itself; empty else. */
  text: string;
}

interface Shown {
  /** Unique in the chat, and the same as long as the item is there. */
  id: string;
  /** Empty where it is not known. */
  runId: string;
}

export interface UserItem extends Shown {
  kind: "user";
  text: string;
  chips: Chip[];
}

/** The model's words, Markdown. `open` while more may come; `dropped` when it was asked again. */
export interface AnswerItem extends Shown {
  kind: "answer";
  text: string;
  open: boolean;
  dropped: boolean;
}

/** The model's thinking; `ms` is how long it took, 0 where that is not known. */
export interface ThoughtItem extends Shown {
  kind: "thought";
  text: string;
  open: boolean;
  ms: number;
}

export interface ToolFile {
  path: string;
  /** From 1; 0 where none is told. */
  line: number;
  /** Lines; both 0 for a file that was only looked at. */
  added: number;
  removed: number;
}

export type ToolState = "running" | "done" | "failed" | "refused" | "cancelled";

/** One tool call. `arguments` and `result` are shortened; `cut` tells that there is more. */
export interface ToolItem extends Shown {
  kind: "tool";
  name: string;
  title: string;
  state: ToolState;
  arguments: [name: string, value: string][];
  result: string;
  cut: boolean;
  ms: number;
  files: ToolFile[];
}

export interface PermissionChoice {
  id: string;
  name: string;
  allows: boolean;
}

/** A question that waits for the user; `answer` is empty while it does. */
export interface PermissionItem extends Shown {
  kind: "permission";
  title: string;
  detail: string;
  choices: PermissionChoice[];
  answer: string;
}

export interface NoticeItem extends Shown {
  kind: "notice";
  level: "info" | "warning" | "error";
  text: string;
}

export interface ProposalFile {
  uri: string;
  name: string;
  change: "edit" | "create" | "delete" | "rename";
  added: number;
  removed: number;
  /** Hunks that wait for a verdict. */
  open: number;
}

/** What a run proposes, and what became of it; the numbers count hunks. */
export interface ProposalItem extends Shown {
  kind: "proposal";
  files: ProposalFile[];
  open: number;
  accepted: number;
  rejected: number;
  stale: number;
  undone: boolean;
  /** False until it was fetched; then one without files is a run that proposed nothing. */
  known: boolean;
}

export type Item =
  | UserItem
  | AnswerItem
  | ThoughtItem
  | ToolItem
  | PermissionItem
  | NoticeItem
  | ProposalItem;

/** What changed in the list: an item at a place (or after the last one), or words added to one. */
export type Change =
  | { op: "put"; at: number; item: Item }
  | { op: "add"; at: number; text: string };
