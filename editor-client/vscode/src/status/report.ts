import { indexLines } from "../index/words";
import type { FolderIndex } from "../protocol/indexMessages";
import type { CompletionStatus, Model, Residence, Status } from "../protocol/messages";
import { sizeLabel } from "./size";
import { cpuLine, windowLine } from "./text";

/** The status as a Markdown page. */
export function statusPage(
  status: Status,
  extensionVersion: string,
  index: readonly FolderIndex[] = [],
): string {
  const model = status.model ? `\`${status.model}\`` : "the best that the provider has";
  const lines = [
    "# Arriero",
    "",
    "| | |",
    "|---|---|",
    row("Model", model),
    row("Provider", `${status.provider} (${status.providerState})`),
    row("Server", status.version),
    row("Extension", extensionVersion),
    row("Connections", String(status.connections)),
    row("Commands run in", status.boundary || `${status.shadow} shadow`),
    ...(status.residence ? [row("In memory", memory(status.residence))] : []),
    ...(status.completion ? [row("Suggestions", suggestions(status.completion))] : []),
    ...indexLines(index).map(indexRow),
    "",
  ];
  if (status.message) {
    lines.push(`> ${status.message.replace(/\s*\n\s*/g, " ")}`, "");
  }
  if (status.runs.length > 0) {
    lines.push("| Run | State | Step |", "|---|---|---|");
    for (const run of status.runs) {
      lines.push(`| ${cell(run.label)} | ${run.state} | ${run.step ?? ""} |`);
    }
    lines.push("");
  }
  if (status.context) {
    lines.push(status.context.markdown);
  }
  return lines.join("\n");
}

/** A line about a model for a list: "8.2B · 4.9 GB". */
export function modelDetail({
  parameterSize,
  size,
}: Pick<Model, "parameterSize" | "size">): string {
  return [parameterSize, size > 0 ? sizeLabel(size) : ""].filter(Boolean).join(" · ");
}

function memory(residence: Residence): string {
  switch (residence.state) {
    case "loaded": {
      const window = residence.window > 0 ? ` with a window of ${windowLine(residence)}` : "";
      const spill = residence.cpuShare > 0 ? `; ${cpuLine(residence)}` : "";
      return `${residence.model}${window}${spill}`;
    }
    case "loading":
      return `${residence.model} is being loaded`;
    case "absent":
      return `not ${residence.model}: the next run loads it`;
    case "unknown":
      return "the server does not tell";
  }
}

function suggestions({ enabled, model, shown, accepted, message }: CompletionStatus): string {
  if (!enabled || message !== "") {
    return message || "off";
  }
  const counts = `${shown} shown, ${accepted} accepted`;
  return model === null ? counts : `${counts}, by ${model}`;
}

/** "Index: ready" is a row of that name, as is "Meaning: …"; a sentence about it has none. */
function indexRow(line: string): string {
  const [, name = "", value = line] = /^((?:Index|Meaning)[^:]*): (.*)$/.exec(line) ?? [];
  return row(name, value);
}

function row(name: string, value: string): string {
  return `| ${name} | ${cell(value)} |`;
}

function cell(text: string): string {
  return text.replace(/\|/g, "\\|").replace(/\s*\n\s*/g, " ");
}
