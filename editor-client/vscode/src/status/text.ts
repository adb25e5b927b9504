import { grouped, indexLines } from "../index/words";
import type { FolderIndex } from "../protocol/indexMessages";
import type { Residence, RunStatus, Status, WindowSource } from "../protocol/messages";
import { count } from "../review/sides";

/** "untrusted": nothing is started until the user trusts the workspace. */
export type ServerState =
  | "installing"
  | "starting"
  | "running"
  | "stopped"
  | "missing"
  | "untrusted";

/** What the status bar item shows; icons are VS Code's codicons. */
export interface BarText {
  text: string;
  /** One line for each thing, plain text. */
  tooltip: string[];
  /** What the model's window holds, and what is left out of it, as Markdown; may be empty. */
  details: string;
  tone: "plain" | "warning" | "error";
}

/** `reviews` is the number of runs whose proposal waits for the user. */
export function barText(
  state: ServerState,
  status: Status | undefined,
  reviews: number,
  index: readonly FolderIndex[] = [],
): BarText {
  switch (state) {
    case "installing":
      return bar("$(loading~spin) Arriero", ["The server is being set up."]);
    case "starting":
      return bar("$(loading~spin) Arriero", ["The server is starting."]);
    case "stopped":
      return bar("$(error) Arriero", ["The server is not running. Click to start it."], "error");
    case "untrusted":
      return bar("$(shield) Arriero", ["Arriero waits until you trust this workspace."]);
    case "missing":
      return bar("$(error) Arriero", ["The server was not found. Click to set it up."], "error");
    case "running":
      return status === undefined
        ? bar("$(hubot) Arriero", [])
        : runningText(status, reviews, index);
  }
}

/** The first run that is going on, if any. */
export function activeRuns(status: Status | undefined): RunStatus[] {
  return (status?.runs ?? []).filter((run) => run.state === "running");
}

function runningText(status: Status, reviews: number, index: readonly FolderIndex[]): BarText {
  const name = status.model ?? status.residence?.model ?? "auto";
  const used = windowUsed(status);
  const lines = tooltipLines(status, reviews, index);
  const details = status.context?.markdown ?? "";
  const [run] = activeRuns(status);
  if (run !== undefined) {
    const step = run.step ? ` step ${run.step}` : "";
    return bar(`$(loading~spin) ${name}${step}${used}`, lines, "plain", details);
  }
  if (status.providerState === "unavailable") {
    return bar("$(debug-disconnect) Arriero offline", lines, "warning", details);
  }
  const text =
    reviews > 0 ? `$(diff) ${name}${used} · ${reviews} to review` : `$(hubot) ${name}${used}`;
  return bar(text, lines, "plain", details);
}

/** How full the model's window is: " · 37 %"; empty where that is not known. */
function windowUsed({ context }: Status): string {
  if (!context || context.window <= 0) {
    return "";
  }
  const share = (context.promptTokens + context.answerTokens) / context.window;
  return ` · ${Math.round(share * 100)} %${context.leftOut.length > 0 ? "*" : ""}`;
}

function tooltipLines(status: Status, reviews: number, index: readonly FolderIndex[]): string[] {
  const lines = [
    status.model
      ? `Model ${status.model} from ${status.provider}`
      : `The best model that ${status.provider} has`,
  ];
  if (status.message) {
    lines.push(status.message);
  }
  if (status.residence && status.residence.window > 0) {
    lines.push(`Window: ${windowLine(status.residence)}`);
  }
  if (status.residence && status.residence.cpuShare > 0) {
    lines.push(cpuLine(status.residence));
  }
  if (status.context) {
    lines.push(status.context.line);
    const { length } = status.context.leftOut;
    if (length > 0) {
      lines.push(`* ${count(length, "thing")} left out of the model's window`);
    }
  }
  for (const run of activeRuns(status)) {
    lines.push(`Running: ${run.label}${run.step ? `, step ${run.step}` : ""}`);
  }
  if (reviews > 0) {
    lines.push(`${count(reviews, "proposal")} to review`);
  }
  lines.push(...indexLines(index));
  lines.push(`Server ${status.version}, ${count(status.connections, "connection")}`);
  return lines;
}

/** A model that does not fit into the graphics card is slow, which the user may want to mend. */
export function cpuLine({ model, cpuShare }: Residence): string {
  return `${Math.max(1, Math.round(cpuShare * 100))} % of ${model} runs on the CPU`;
}

const chosenBy: Record<WindowSource, string> = {
  settings: "as Arriero's settings say",
  modelfile: "as the model's own file says",
  fits: "the most that fits into the graphics card",
  trained: "the most that the model was trained for",
  default: "Arriero's default",
};

/** How large the model's window is, and who says so. */
export function windowLine({ window, windowSource }: Residence): string {
  const reason = windowSource === null ? "as another program asked for" : undefined;
  const words = windowSource ? chosenBy[windowSource] : reason;
  return [`${grouped(window)} tokens`, words].filter(Boolean).join(", ");
}

function bar(
  text: string,
  tooltip: string[],
  tone: BarText["tone"] = "plain",
  details = "",
): BarText {
  return { text, tooltip, details, tone };
}
