import { Uri, workspace } from "vscode";
import type { Chip } from "./items";
import { chipFor } from "./references";

/** The name under which the server finds a file, undefined for one that it does not see. */
export function nameFor(uri: Uri): string | undefined {
  if (uri.scheme !== "file" || workspace.getWorkspaceFolder(uri) === undefined) {
    return undefined;
  }
  const several = (workspace.workspaceFolders?.length ?? 0) > 1;
  const name = several ? uri.fsPath : workspace.asRelativePath(uri, false);
  // What cannot stand between quotes cannot be referred to.
  return /\n/.test(name) || (name.includes('"') && name.includes("'")) ? undefined : name;
}

/** A file or folder, with its text where the server cannot read it itself. */
export async function chipOfUri(uri: Uri): Promise<Chip> {
  const name = nameFor(uri);
  const { type } = await workspace.fs.stat(uri);
  const isFolder = (type & 2) !== 0;
  if (name !== undefined) {
    return chipFor(isFolder ? "folder" : "file", name);
  }
  if (isFolder) {
    throw new Error(`${uri.fsPath} is not in the workspace: add files of it instead.`);
  }
  const document = await workspace.openTextDocument(uri);
  return chipFor("text", uri.fsPath, { text: document.getText().slice(0, 200_000) });
}

/** The place that a path in an answer or a tool call means, undefined if there is no such file. */
export async function findPlace(path: string): Promise<Uri | undefined> {
  const folders = workspace.workspaceFolders ?? [];
  const absolute = /^(?:\/|[A-Za-z]:[\\/])/.test(path);
  const candidates = absolute
    ? [Uri.file(path)]
    : folders.map(({ uri }) => Uri.joinPath(uri, path));
  for (const uri of candidates) {
    try {
      await workspace.fs.stat(uri);
      return uri;
    } catch {
      // not there: the next folder may have it
    }
  }
  return undefined;
}
