import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Disposable, type OutputChannel, window } from "vscode";
import { NotRunning } from "./refusals";
import type { Server } from "./server";

/** Lines that are shown at first. */
const lastLines = "300";

/** The daemon's own log in an output channel, followed from the first time that it is shown. */
export class DaemonLog implements Disposable {
  private channel: OutputChannel | undefined;
  private following: ChildProcess | undefined;

  constructor(private readonly server: Server) {}

  show(): void {
    const program = this.server.program;
    if (program === undefined) {
      throw new NotRunning();
    }
    const channel = this.channel ?? window.createOutputChannel("Arriero Daemon", "log");
    this.channel = channel;
    if (this.following === undefined) {
      channel.clear();
      const args = [...program.args.slice(0, -1), "daemon", "logs", "-f", "-n", lastLines];
      const child = spawn(program.command, args, { stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => channel.appendLine(line));
      }
      child.on("error", (error) => channel.appendLine(`The log cannot be shown: ${error.message}`));
      child.on("close", () => {
        this.following = undefined;
      });
      this.following = child;
    }
    channel.show(true);
  }

  dispose(): void {
    this.following?.kill();
    this.channel?.dispose();
  }
}
