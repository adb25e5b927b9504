import { type ConfigurationScope, workspace } from "vscode";
import { explicitSettings } from "./explicit";

export const section = "arriero";

export function serverPath(): string {
  return workspace.getConfiguration(section).get<string>("server.path", "");
}

/** What the user has set in the editor of the server's settings, for a file or folder if given. */
export function editorSettings(scope?: ConfigurationScope): Record<string, unknown> {
  const configuration = workspace.getConfiguration(section, scope ?? null);
  return explicitSettings((key) => configuration.inspect(key));
}
