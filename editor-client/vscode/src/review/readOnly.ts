import { access, constants, readFile } from "node:fs/promises";
import { languages, RelativePattern, type TextDocument, Uri, workspace } from "vscode";

/**
 * Those of these files that VS Code's settings keep read-only. It would take an edit of an extension
 * all the same, but neither save it nor say that it is unsaved.
 */
export async function keptReadOnly(uris: readonly string[]): Promise<Uri[]> {
  const open = await Promise.all(uris.map((uri) => opened(Uri.parse(uri))));
  return open.flatMap((document) =>
    document !== undefined && isKept(document) ? [document.uri] : [],
  );
}

/** Those of these files whose new text cannot be saved as they are: it is in the editor alone. */
export async function notSavable(uris: readonly string[]): Promise<Uri[]> {
  const wanted = new Set(uris.map((uri) => Uri.parse(uri).toString()));
  const documents = workspace.textDocuments.filter(
    ({ uri }) => uri.scheme === "file" && wanted.has(uri.toString()),
  );
  const stuck = await Promise.all(documents.map(isStuck));
  return documents.filter((_, at) => stuck[at]).map(({ uri }) => uri);
}

async function opened(uri: Uri): Promise<TextDocument | undefined> {
  try {
    return await workspace.openTextDocument(uri);
  } catch {
    return undefined; // not there yet: it is to be created
  }
}

function isKept(document: TextDocument): boolean {
  const files = workspace.getConfiguration("files", document);
  const named = (setting: string) =>
    Object.entries(files.get<Record<string, boolean>>(setting, {})).some(
      ([glob, on]) => on && matches(document, glob),
    );
  return named("readonlyInclude") && !named("readonlyExclude");
}

function matches(document: TextDocument, glob: string): boolean {
  const folder = workspace.getWorkspaceFolder(document.uri);
  const pattern = folder === undefined ? glob : new RelativePattern(folder, glob);
  return languages.match({ pattern }, document) > 0;
}

async function isStuck(document: TextDocument): Promise<boolean> {
  const { fsPath } = document.uri;
  try {
    if (document.isDirty) {
      await access(fsPath, constants.W_OK);
      return false;
    }
    // An editor that is read-only for the session holds a text that is neither saved nor unsaved.
    const onDisk = await readFile(fsPath, "utf8");
    return !document.isDirty && plain(onDisk) !== plain(document.getText());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return ["EACCES", "EPERM", "EROFS"].includes(code ?? "");
  }
}

function plain(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}
