import { firstLine } from "../answers/text";
import type { RunResult, StopReason } from "../protocol/messages";
import type { CommandSpec } from "./catalog";

export type OutcomeAction = "undo" | "answer" | "log";

/** What the user gets to see when a run has ended. */
export interface Outcome {
  /** The main thing to open, if any. */
  show: "answer" | "review" | "commit" | "nothing";
  /** A notification beside it; none when what is shown says it all. */
  notice?: { level: "info" | "warning" | "error"; text: string; actions: OutcomeAction[] };
}

/** Decide what follows a run; `openHunks` is how many of its hunks wait for the user. */
export function outcomeOf(spec: CommandSpec, result: RunResult, openHunks: number): Outcome {
  const show = whatToShow(spec, result, openHunks);
  const notice = noticeFor(result, show);
  return notice === undefined ? { show } : { show, notice };
}

function whatToShow(spec: CommandSpec, result: RunResult, openHunks: number): Outcome["show"] {
  if (openHunks > 0) {
    return "review";
  }
  if (result.stopReason === "error" || result.message.trim() === "") {
    return "nothing";
  }
  if (spec.result === "commit") {
    return result.stopReason === "end_turn" ? "commit" : "nothing";
  }
  return spec.result === "answer" ? "answer" : "nothing";
}

function noticeFor(result: RunResult, show: Outcome["show"]): Outcome["notice"] {
  const words = firstLine(result.message);
  const atLimit = result.stopReason === "max_turn_requests" && words !== "";
  const stopped = atLimit ? words : stopText(result.stopReason);
  if (result.stopReason === "error") {
    return { level: "error", text: words || "The run failed.", actions: ["log"] };
  }
  if (stopped !== undefined) {
    const read: OutcomeAction[] = words !== "" && !atLimit && show !== "answer" ? ["answer"] : [];
    return { level: "warning", text: stopped, actions: read };
  }
  if (result.stopReason === "cancelled" || show === "answer" || show === "commit") {
    return undefined;
  }
  const read: OutcomeAction[] = words === "" ? [] : ["answer"];
  if (result.applied) {
    return {
      level: "info",
      text: words || "The changes were applied.",
      actions: ["undo", ...read],
    };
  }
  const nothing = "Arriero proposes no change.";
  return {
    level: "info",
    text: show === "review" ? words : [nothing, words].filter(Boolean).join(" "),
    actions: read,
  };
}

function stopText(reason: StopReason): string | undefined {
  switch (reason) {
    case "max_turn_requests":
      return "The run stopped at its step limit. Raise agent.max_steps in Arriero's settings, or ask again for what is left.";
    case "max_tokens":
      return "The model's answer reached its length limit and is cut short.";
    case "refusal":
      return "The run stopped because a permission was refused.";
    case "interrupted":
      return "The run was interrupted because the daemon ended. Ask again to go on.";
    default:
      return undefined;
  }
}
