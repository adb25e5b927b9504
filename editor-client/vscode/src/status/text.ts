import type { RunStatus, Status } from "../protocol/messages";
import { count } from "../review/sides";

export type ServerState = "starting" | "running" | "stopped" | "missing";

/** What the status bar item shows; icons are VS Code's codicons. */
export interface BarText {
  text: string;
  /** One line for each thing, plain text. */
  tooltip: string[];
  tone: "plain" | "warning" | "error";
}

/** `reviews` is the number of runs whose proposal waits for the user. */
export function barText(state: ServerState, status: Status | undefined, reviews: number): BarText {
  switch (state) {
    case "starting":
      return bar("$(loading~spin) Arriero", ["The server is starting."]);
    case "stopped":
      return bar("$(error) Arriero", ["The server is not running. Click to start it."], "error");
    case "missing":
      return bar("$(error) Arriero", ["The server was not found. Click to set it up."], "error");
    case "running":
      return status === undefined ? bar("$(hubot) Arriero", []) : runningText(status, reviews);
  }
}

/** The first run that is going on, if any. */
export function activeRuns(status: Status | undefined): RunStatus[] {
  return (status?.runs ?? []).filter((run) => run.state === "running");
}

function runningText(status: Status, reviews: number): BarText {
  const name = status.model ?? "auto";
  const lines = tooltipLines(status, reviews);
  const [run] = activeRuns(status);
  if (run !== undefined) {
    const step = run.step ? ` step ${run.step}` : "";
    return bar(`$(loading~spin) ${name}${step}`, lines);
  }
  if (status.providerState === "unavailable") {
    return bar("$(debug-disconnect) Arriero offline", lines, "warning");
  }
  return bar(reviews > 0 ? `$(diff) ${name} · ${reviews} to review` : `$(hubot) ${name}`, lines);
}

function tooltipLines(status: Status, reviews: number): string[] {
  const lines = [
    status.model
      ? `Model ${status.model} from ${status.provider}`
      : `The best model that ${status.provider} has`,
  ];
  if (status.message) {
    lines.push(status.message);
  }
  for (const run of activeRuns(status)) {
    lines.push(`Running: ${run.label}${run.step ? `, step ${run.step}` : ""}`);
  }
  if (reviews > 0) {
    lines.push(`${count(reviews, "proposal")} to review`);
  }
  lines.push(`Server ${status.version}, ${count(status.connections, "connection")}`);
  return lines;
}

function bar(text: string, tooltip: string[], tone: BarText["tone"] = "plain"): BarText {
  return { text, tooltip, tone };
}
