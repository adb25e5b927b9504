import {
  CodeLens,
  type CodeLensProvider,
  type Disposable,
  EventEmitter,
  languages,
  Range,
  type TextDocument,
} from "vscode";
import type { FileProposal } from "../protocol/messages";
import { proposalScheme } from "./address";
import { fileOf } from "./documents";
import type { Proposals } from "./proposals";
import { count, nounFor, sidesOf, staleIn } from "./sides";

/** Accept and reject, above each open hunk and at the top of each file of a proposal. */
export class ReviewLenses implements CodeLensProvider, Disposable {
  private readonly changes = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changes.event;
  private readonly disposables: Disposable[];

  constructor(private readonly proposals: Proposals) {
    this.disposables = [
      this.changes,
      languages.registerCodeLensProvider({ scheme: proposalScheme }, this),
      proposals.onChange(() => this.changes.fire()),
    ];
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    const found = fileOf(document.uri, this.proposals);
    if (found === undefined || found.side === "left") {
      return [];
    }
    return lensesFor(found.runId, found.file, document.lineCount - 1);
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }
}

/** What is about the whole file stands at its first open hunk: the lines before may be folded. */
function lensesFor(runId: string, file: FileProposal, lastLine: number): CodeLens[] {
  const { places } = sidesOf(file);
  const at = (line: number) => Math.min(line, lastLine);
  const lenses = places.flatMap(({ hunk, right }) => {
    const what = nounFor(file, hunk);
    return [
      lens(at(right), `$(check) Accept${what}`, "arriero.ui.acceptHunk", runId, hunk.id),
      lens(at(right), `$(close) Reject${what}`, "arriero.ui.rejectHunk", runId, hunk.id),
    ];
  });
  const [first] = places;
  if (first !== undefined && places.length > 1) {
    const accept = `$(check-all) Accept all ${places.length} in this file`;
    const { id } = first.hunk;
    lenses.push(
      lens(at(first.right), accept, "arriero.ui.acceptFile", runId, id),
      lens(at(first.right), "$(close-all) Reject all", "arriero.ui.rejectFile", runId, id),
    );
  }
  const stale = staleIn(file).length;
  if (stale > 0) {
    const text = `$(warning) ${count(stale, "hunk")} no longer fits: the file has changed there`;
    lenses.push(lens(at(first?.right ?? 0), text, ""));
  }
  return lenses;
}

function lens(line: number, title: string, command: string, ...args: string[]): CodeLens {
  return new CodeLens(new Range(line, 0, line, 0), { title, command, arguments: args });
}
