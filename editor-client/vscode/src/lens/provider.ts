import {
  CodeLens,
  type CodeLensProvider,
  commands,
  type Disposable,
  type DocumentSymbol,
  EventEmitter,
  languages,
  type Range,
  type TextDocument,
  workspace,
} from "vscode";
import { lensesWanted } from "../settings/read";
import { places } from "./symbols";

/** Where a command was started from, if not from the place of the cursor. */
export interface Place {
  uri: string;
  range: Range;
}

export function isPlace(from: unknown): from is Place {
  const place = from as Partial<Place> | undefined;
  return typeof place?.uri === "string" && place.range !== undefined;
}

/** "Ask · Test · Document" above functions and classes, where the user has switched it on. */
export class WorkLenses implements CodeLensProvider, Disposable {
  private readonly changes = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changes.event;
  private readonly disposables: Disposable[];

  constructor() {
    this.disposables = [
      this.changes,
      languages.registerCodeLensProvider({ scheme: "file" }, this),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("arriero.ui.codeLens")) {
          this.changes.fire();
        }
      }),
    ];
  }

  async provideCodeLenses(document: TextDocument): Promise<CodeLens[]> {
    if (!lensesWanted(document.uri)) {
      return [];
    }
    const symbols = await commands.executeCommand<DocumentSymbol[] | undefined>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    const uri = document.uri.toString();
    return places(symbols ?? []).flatMap((range) => {
      const at = range.with({ end: range.start });
      const lens = (title: string, name: string) =>
        new CodeLens(at, {
          title,
          command: `arriero.ui.${name}`,
          arguments: [{ uri, range } satisfies Place],
        });
      return [lens("Ask", "ask"), lens("Test", "test"), lens("Document", "document")];
    });
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }
}
