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
