import type { PermissionParams, ToolCallUpdate, ToolContent } from "./acp";
import type { PermissionItem, ToolFile, ToolItem, ToolState } from "./items";

/** Characters of a result and of one argument that are shown in a card. */
const resultShown = 4000;
const argumentShown = 1200;

const states: Record<string, ToolState> = {
  ok: "done",
  error: "failed",
  refused: "refused",
  cancelled: "cancelled",
};

export function toolStarted(update: ToolCallUpdate, id: string): ToolItem {
  const told = update._meta?.arriero;
  return {
    kind: "tool",
    id,
    runId: told?.runId ?? "",
    name: told?.name ?? "",
    title: update.title ?? told?.name ?? "Tool",
    state: "running",
    arguments: argumentsOf(update.rawInput),
    result: "",
    cut: false,
    ms: 0,
    files: (update.locations ?? []).map(({ path, line }) => fileAt(path, line)),
  };
}

export function toolEnded(item: ToolItem, update: ToolCallUpdate): ToolItem {
  const told = update._meta?.arriero;
  const content = update.content ?? [];
  const result = content.map(({ content: one }) => one?.text ?? "").join("");
  const changed = content.filter(({ type }) => type === "diff").map(changeIn);
  const looked = (update.locations ?? []).map(({ path, line }) => fileAt(path, line));
  const files = changed.length > 0 ? changed : looked;
  return {
    ...item,
    title: update.title ?? item.title,
    state: states[told?.status ?? ""] ?? (update.status === "completed" ? "done" : "failed"),
    result: result.slice(0, resultShown),
    cut: result.length > resultShown,
    ms: told?.durationMs ?? 0,
    files: files.length > 0 ? files : item.files,
  };
}

export function permissionAsked(params: PermissionParams, id: string): PermissionItem {
  const { toolCall, options } = params;
  return {
    kind: "permission",
    id,
    runId: "",
    title: toolCall.title ?? "May this be done?",
    detail: (toolCall.content ?? []).map(({ content }) => content?.text ?? "").join("\n"),
    choices: options.map(({ optionId, name, kind }) => ({
      id: optionId,
      name,
      allows: kind.startsWith("allow"),
    })),
    answer: "",
  };
}

/** Lines that a text gains and loses; a line that only moved counts as neither. */
export function lineCounts(before: string, after: string): { added: number; removed: number } {
  const left = new Map<string, number>();
  for (const line of linesOf(before)) {
    left.set(line, (left.get(line) ?? 0) + 1);
  }
  let added = 0;
  for (const line of linesOf(after)) {
    const count = left.get(line) ?? 0;
    if (count > 0) {
      left.set(line, count - 1);
    } else {
      added += 1;
    }
  }
  const removed = [...left.values()].reduce((sum, count) => sum + count, 0);
  return { added, removed };
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function changeIn({ path = "", oldText, newText = "" }: ToolContent): ToolFile {
  return { path, line: 0, ...lineCounts(oldText ?? "", newText) };
}

function fileAt(path: string, line: number | null | undefined): ToolFile {
  return { path, line: line ?? 0, added: 0, removed: 0 };
}

function argumentsOf(input: unknown): [string, string][] {
  if (typeof input !== "object" || input === null) {
    return [];
  }
  return Object.entries(input).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [name, text.length > argumentShown ? `${text.slice(0, argumentShown)}…` : text];
  });
}
