import { readdir } from "node:fs/promises";
import * as path from "node:path";
import { type ExtensionContext, type LogOutputChannel, ProgressLocation, window } from "vscode";
import { serverPython } from "../settings/read";
import { executing, realFiles } from "./execute";
import type { Found } from "./find";
import { install, installed, versionOf } from "./install";
import { thisMachine } from "./machine";
import { CannotInstall, findPython } from "./python";

const preference = "server.own";

/** The server that the extension brings: a wheel, installed into an environment of our own. */
export class OwnServer {
  constructor(
    private readonly context: ExtensionContext,
    private readonly log: LogOutputChannel,
  ) {}

  /** The user wants this server rather than one on PATH. */
  get preferred(): boolean {
    return this.context.globalState.get<boolean>(preference, false);
  }

  async prefer(): Promise<void> {
    await this.context.globalState.update(preference, true);
  }

  /** The version that the extension brings; undefined where it was packed without a server. */
  async version(): Promise<string | undefined> {
    const wheel = await this.wheel();
    return wheel && versionOf(wheel);
  }

  /** The server if it is installed, in the version that the extension brings. */
  async ready(): Promise<Found | undefined> {
    const wheel = await this.wheel();
    const python = wheel && (await installed(this.folder, wheel, realFiles));
    return python === undefined ? undefined : start(python);
  }

  /** Install it, with progress. Rejects with CannotInstall; undefined where the user cancelled. */
  async install(): Promise<Found | undefined> {
    const wheel = await this.wheel();
    if (wheel === undefined) {
      return undefined;
    }
    if (process.platform === "win32") {
      throw new CannotInstall(
        "system",
        "Arriero's server runs on Linux and macOS. On Windows, open the folder in WSL.",
      );
    }
    const options = {
      location: ProgressLocation.Notification,
      title: "Arriero: setting up the server",
      cancellable: true,
    };
    return window.withProgress(options, async (progress, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      const execute = executing((line) => this.log.info(line));
      try {
        const python = await findPython(serverPython(), thisMachine(), execute);
        const made = await install({
          wheel,
          folder: this.folder,
          python,
          execute,
          files: realFiles,
          report: (message) => progress.report({ message }),
          signal: stop.signal,
        });
        return start(made);
      } catch (error) {
        if (stop.signal.aborted) {
          return undefined;
        }
        throw error;
      }
    });
  }

  private get folder(): string {
    return path.join(this.context.globalStorageUri.fsPath, "server");
  }

  private async wheel(): Promise<string | undefined> {
    const folder = path.join(this.context.extensionPath, "dist");
    try {
      const name = (await readdir(folder)).find((one) => versionOf(one) !== undefined);
      return name && path.join(folder, name);
    } catch (error) {
      this.log.debug("The extension brings no server:", String(error));
      return undefined;
    }
  }
}

function start(python: string): Found {
  return { command: python, args: ["-m", "arriero", "lsp"] };
}
