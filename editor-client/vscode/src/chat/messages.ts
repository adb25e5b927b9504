/** What the extension and the chat's page say to each other. */

import type { Change, Chip, Item } from "./items";

/** A message that is being written. */
export interface Draft {
  text: string;
  chips: Chip[];
}

export interface Choice {
  id: string;
  name: string;
  /** What it means, a sentence; may be empty. */
  about: string;
}

/** A message that is sent when the run that goes on has ended. */
export interface Queued {
  id: string;
  text: string;
  chips: Chip[];
}

export interface ChatState {
  connection: "running" | "installing" | "starting" | "stopped" | "missing" | "untrusted";
  /** A sentence that says why nothing can be sent; empty when it can. */
  problem: string;
  /** The session's history is there. */
  loaded: boolean;
  sessionId: string;
  title: string;
  mode: string;
  modes: Choice[];
  model: string;
  models: string[];
  busy: boolean;
  stopping: boolean;
  queue: Queued[];
  /** What is queued waits for the user: the last run was stopped or failed. */
  paused: boolean;
  /** Tokens; `size` is 0 where the window is not known. */
  used: number;
  size: number;
  /** A line for each thing that the model is not sent any more. */
  leftOut: string[];
}

export interface SessionLine {
  sessionId: string;
  title: string;
  /** As "5 min ago". */
  when: string;
  runs: number;
  /** Messages that wait to be sent. */
  queued: number;
  current: boolean;
}

/** Something that a message may refer to. */
export interface Mention {
  chip: Chip;
  label: string;
  about: string;
}

export type ToView =
  | { type: "state"; state: ChatState }
  | { type: "reset"; list: number; total: number }
  | { type: "fill"; list: number; at: number; items: Item[] }
  | { type: "change"; list: number; changes: Change[] }
  | { type: "sessions"; sessions: SessionLine[]; show: boolean }
  | { type: "found"; query: string; found: Mention[] }
  | { type: "attach"; chips: Chip[] }
  /** For a message that is empty. */
  | { type: "draft"; text: string; chips: Chip[] }
  | { type: "context"; markdown: string }
  | { type: "focus" }
  | { type: "say"; text: string };

export type ProposalDeed = "accept" | "reject" | "review" | "undo";

export type FromView =
  | { type: "ready" }
  | { type: "send"; text: string; chips: Chip[] }
  | { type: "stop" }
  | { type: "again"; id: string; text: string; chips: Chip[] }
  | { type: "carryOut" }
  | { type: "answer"; id: string; choice: string }
  | { type: "mode"; id: string }
  | { type: "model"; name: string }
  | { type: "new" }
  | { type: "list" }
  | { type: "open" | "fork" | "delete"; sessionId: string }
  | { type: "rename"; sessionId: string; title: string }
  | { type: "unqueue"; id: string }
  | { type: "goOn" }
  | { type: "find"; query: string }
  | { type: "link"; href: string }
  | { type: "file"; path: string; line: number }
  | { type: "copy" | "insert"; text: string }
  | { type: "result"; id: string }
  | { type: "proposal"; runId: string; deed: ProposalDeed }
  /** The card of a proposal that is not known came into sight. */
  | { type: "seen"; runId: string }
  | { type: "context" }
  | { type: "drop"; uris: string[] }
  | { type: "restart" | "trust" | "setUp" }
  | { type: "draft"; text: string; chips: Chip[] };
