/** What is asked of the index, as docs/protocol.md gives it. No `vscode` here: tests run it bare. */

import type { Range } from "vscode-languageserver-protocol";

/** `text` and `regex` find lines, in the order of paths; the others the best places first. */
export type SearchKind = "auto" | "symbol" | "text" | "regex" | "semantic";

export interface SearchParams {
  query: string;
  kind: SearchKind;
  limit?: number;
  /** Of the answer before, to be told what follows it. */
  cursor?: string;
}

/** A place: whole lines, their text, and why they were found, the strongest reason first. */
export interface SearchHit {
  uri: string;
  range: Range;
  text: string;
  why: string[];
}

export interface SearchAnswer {
  hits: SearchHit[];
  /** False where not all was searched; `note` is a sentence that says so, or empty. */
  complete: boolean;
  note: string;
  cursor?: string | null;
}

export type IndexPhase = "off" | "waiting" | "scanning" | "building" | "paused" | "ready";

/** All folders' indexes as one: of `files`, `done` are in them. */
export interface IndexSummary {
  state: IndexPhase;
  files: number;
  done: number;
}

/** The vectors of one folder: of `chunks`, `done` have theirs. "failing" is tried again by itself. */
export interface Meaning {
  state: "waiting" | "embedding" | "paused" | "ready" | "failing";
  model: string;
  chunks: number;
  done: number;
  message: string;
}

/** The index of one folder; `message` is a sentence for the user, or empty. */
export interface FolderIndex extends IndexSummary {
  uri: string;
  message: string;
  /** Null where no embedding model is named. */
  meaning?: Meaning | null;
}

/** An outline of the workspace; `note` as in a search. */
export interface RepoMap {
  text: string;
  tokens: number;
  complete: boolean;
  note: string;
}

/** Whether the indexes of all folders are built anew; `message` says of which they are not. */
export interface Reindexed {
  started: boolean;
  message: string;
}
