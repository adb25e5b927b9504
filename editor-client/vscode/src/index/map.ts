import {
  type Disposable,
  DocumentLink,
  EventEmitter,
  languages,
  Range,
  type TextDocument,
  Uri,
  window,
  workspace,
} from "vscode";
import type { Api } from "../protocol/api";
import { fileHeads } from "./heads";

const scheme = "arriero-map";
const address = Uri.from({ scheme, path: "/Repo Map" });

/** A page or two to read. */
const tokens = 4096;
/** How long it may wait for an index that is not ready, in seconds. */
const patience = 5;

/** The outline of the workspace as a read-only document, whose file names are links. */
export class MapView implements Disposable {
  private text = "";
  private readonly changes = new EventEmitter<Uri>();
  private readonly disposables: Disposable[] = [
    this.changes,
    workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: this.changes.event,
      provideTextDocumentContent: () => this.text,
    }),
    languages.registerDocumentLinkProvider({ scheme }, { provideDocumentLinks: links }),
  ];

  async show(api: Api): Promise<void> {
    const { text, note } = await api.map(tokens, patience);
    this.text = [note, text].filter(Boolean).join("\n\n") || "Nothing is known of this workspace.";
    this.changes.fire(address); // it may be open, with what was told before
    await window.showTextDocument(address, { preview: false });
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }
}

function links(document: TextDocument): DocumentLink[] {
  const roots = (workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  const heads = fileHeads(
    document.getText(),
    roots.map(({ fsPath }) => fsPath),
  );
  return heads.flatMap(({ line, length, folder, path }) => {
    const root = roots[folder];
    const range = new Range(line, 0, line, length);
    return root === undefined ? [] : [new DocumentLink(range, Uri.joinPath(root, path))];
  });
}
