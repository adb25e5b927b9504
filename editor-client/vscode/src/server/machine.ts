import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { workspace } from "vscode";
import type { Machine } from "./find";

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    environment: process.env,
    home: homedir(),
    folder: workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file")?.uri.fsPath,
    isExecutable,
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not for us: the search goes on
  }
}
