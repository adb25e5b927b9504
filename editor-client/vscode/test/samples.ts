import type {
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
