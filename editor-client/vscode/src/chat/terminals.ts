import { stripVTControlCharacters } from "node:util";
import { type Disposable, type TerminalShellExecution, window } from "vscode";
import type { Chip } from "./items";
import { chipFor } from "./references";

/** Characters of a command's output that are kept, the last ones. */
const kept = 20_000;

/**
 * The newest command of the terminals and what it printed. VS Code tells both for shells with its
 * shell integration; what was run before the extension began is not known.
 */
export class Terminals implements Disposable {
  private command = "";
  private output = "";
  private readonly listening: Disposable;

  constructor(failed: (error: unknown) => void) {
    this.listening = window.onDidStartTerminalShellExecution(({ execution }) => {
      this.follow(execution).catch(failed);
    });
  }

  /** Undefined while no command is known. */
  chip(): Chip | undefined {
    if (this.command === "") {
      return undefined;
    }
    const text = `$ ${this.command}\n${plain(this.output)}`;
    return chipFor("terminal", `terminal: ${this.command.slice(0, 60)}`, { text });
  }

  dispose(): void {
    this.listening.dispose();
  }

  private async follow(execution: TerminalShellExecution): Promise<void> {
    const command = execution.commandLine.value;
    this.command = command;
    this.output = "";
    for await (const piece of execution.read()) {
      if (this.command !== command) {
        return; // another terminal has a newer one
      }
      this.output = (this.output + piece).slice(-kept);
    }
  }
}

/** A terminal's output without its escape sequences, and of a line that was overwritten the last. */
function plain(output: string): string {
  const text = stripVTControlCharacters(output);
  return text.replaceAll(/\r+\n/g, "\n").replaceAll(/[^\n]*\r/g, "");
}
