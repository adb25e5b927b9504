import type { FolderIndex, SearchHit } from "../src/protocol/indexMessages";
import type {
  Context,
  FileProposal,
  Hunk,
  HunkState,
  Proposal,
  RunResult,
  Status,
} from "../src/protocol/messages";

export function hunk(
  id: string,
  line: number,
  oldLines: string[],
  newLines: string[],
  state: HunkState = "open",
): Hunk {
  return { id, line, oldLines, newLines, state };
}

export function file(
  oldText: string | null,
  newText: string | null,
  hunks: Hunk[],
  more: Partial<FileProposal> = {},
): FileProposal {
  return { uri: "file:///project/a.py", kind: "edit", oldText, newText, hunks, ...more };
}

export function proposal(files: FileProposal[], runId = "run-1"): Proposal {
  return { runId, sessionId: "session-1", label: "Rename the field", files };
}

export function runResult(more: Partial<RunResult> = {}): RunResult {
  return {
    sessionId: "session-1",
    runId: "run-1",
    stopReason: "end_turn",
    message: "",
    applied: false,
    ...more,
  };
}

export function status(more: Partial<Status> = {}): Status {
  return {
    version: "0.1.0",
    model: "qwen3:8b",
    provider: "ollama",
    providerState: "ready",
    message: "",
    runs: [],
    connections: 1,
    shadow: "overlay",
    ...more,
  };
}

export function context(more: Partial<Context> = {}): Context {
  return {
    sessionId: "session-1",
    model: "qwen3:8b",
    window: 16_384,
    promptTokens: 5800,
    answerTokens: 300,
    leftOut: [],
    line: "qwen3:8b · 6.1k of 16k tokens",
    markdown: "| Context | |\n|---|---|\n| Window | 6,100 of 16,384 tokens |\n",
    ...more,
  };
}

/** Three lines from the 11th on. */
export function hit(more: Partial<SearchHit> = {}): SearchHit {
  return {
    uri: "file:///project/tally/money.py",
    range: { start: { line: 10, character: 0 }, end: { line: 13, character: 0 } },
    text: 'def split_evenly(amount):\n    """Split amounts."""\n    return amount',
    why: ["defines split_evenly"],
    ...more,
  };
}

export function folderIndex(more: Partial<FolderIndex> = {}): FolderIndex {
  return { uri: "file:///project", state: "ready", files: 3, done: 3, message: "", ...more };
}
