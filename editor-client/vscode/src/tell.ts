import { commands, type LogOutputChannel, window } from "vscode";
import { ErrorCodes, LSPErrorCodes, ResponseError } from "vscode-languageclient/node";
import { CannotRun } from "./commands/arguments";
import { type Choice, restart, showLog, trust } from "./server/problems";
import { NotRunning, NotTrusted } from "./server/refusals";

export type Level = "info" | "warning" | "error";

export type { Choice };
export { restart, showLog };

/** Show one sentence; resolves when the user has chosen or closed it. */
export async function tell(level: Level, text: string, ...choices: Choice[]): Promise<void> {
  const show = {
    info: window.showInformationMessage,
    warning: window.showWarningMessage,
    error: window.showErrorMessage,
  }[level];
  const title = await show(text, ...choices.map((choice) => choice.title));
  const chosen = choices.find((choice) => choice.title === title);
  if (chosen !== undefined) {
    await commands.executeCommand(chosen.command, ...(chosen.args ?? []));
  }
}

/** A line in the status bar that goes away by itself: for what needs no answer. */
export function mention(text: string): void {
  window.setStatusBarMessage(text, 5000);
}

const lostCodes: number[] = [
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
  ErrorCodes.MessageWriteError,
  ErrorCodes.MessageReadError,
];

/** The connection broke while a request was on its way. */
function isLost(error: unknown): boolean {
  return error instanceof ResponseError && lostCodes.includes(error.code);
}

export function isCancelled(error: unknown): boolean {
  return (
    error instanceof ResponseError &&
    (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled)
  );
}

/** Tell the user of an error that ended a command, and the log of its cause. */
export function tellError(error: unknown, log: LogOutputChannel): void {
  if (isCancelled(error)) {
    mention("Arriero: cancelled");
  } else if (isLost(error)) {
    log.error(String(error));
    void tell("error", "Arriero's server ended before it answered. Try again.", showLog);
  } else if (error instanceof CannotRun) {
    void tell("info", error.message);
  } else if (error instanceof NotTrusted) {
    void tell("info", error.message, trust);
  } else if (error instanceof NotRunning) {
    void tell("error", error.message, restart, showLog);
  } else {
    const text = error instanceof Error ? error.message : String(error);
    log.error(error instanceof Error ? (error.stack ?? text) : text);
    void tell("error", text, showLog);
  }
}
