import { type ConfigurationScope, ConfigurationTarget, workspace } from "vscode";
import { explicitSettings } from "./explicit";

export const section = "arriero";

export function serverPath(): string {
  return workspace.getConfiguration(section).get<string>("server.path", "");
}

/** Take back what the user has set as the server, in every layer. */
export async function clearServerPath(): Promise<void> {
  const configuration = workspace.getConfiguration(section);
  const set = configuration.inspect<string>("server.path");
  if (set?.globalValue !== undefined) {
    await configuration.update("server.path", undefined, ConfigurationTarget.Global);
  }
  if (set?.workspaceValue !== undefined) {
    await configuration.update("server.path", undefined, ConfigurationTarget.Workspace);
  }
}

/** The Python that the user wants for the server that the extension brings; may be empty. */
export function serverPython(): string {
  return workspace.getConfiguration(section).get<string>("server.python", "").trim();
}

/** Where the changes of a run are shown first when it ends. */
export function reviewPlace(): "diff" | "file" {
  return workspace.getConfiguration(section).get<"diff" | "file">("ui.review", "diff");
}

/** Whether commands stand above the functions of a file. */
export function lensesWanted(scope: ConfigurationScope): boolean {
  return workspace.getConfiguration(section, scope).get<boolean>("ui.codeLens", false);
}

/** What the user has set in the editor of the server's settings, for a file or folder if given. */
export function editorSettings(scope?: ConfigurationScope): Record<string, unknown> {
  const configuration = workspace.getConfiguration(section, scope ?? null);
  return explicitSettings((key) => configuration.inspect(key));
}
