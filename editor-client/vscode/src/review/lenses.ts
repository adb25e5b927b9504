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
import type { HunksInFile, Waiting } from "./inFile";
import type { Located } from "./locate";
import type { Proposals } from "./proposals";
import { count, nounFor, sidesOf, staleIn } from "./sides";

/** Accept and reject, above each open hunk and at the top of each file of a proposal. */
export class ReviewLenses implements CodeLensProvider, Disposable {
  private readonly changes = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changes.event;
  private readonly disposables: Disposable[];

  constructor(
    private readonly proposals: Proposals,
    private readonly hunks: HunksInFile,
  ) {
    this.disposables = [
      this.changes,
      languages.registerCodeLensProvider([{ scheme: proposalScheme }, { scheme: "file" }], this),
      proposals.onChange(() => this.changes.fire()),
      hunks.onChange(() => this.changes.fire()),
    ];
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    const waiting = this.hunks.in(document);
    if (waiting !== undefined) {
      return lensesInFile(waiting, document.lineCount - 1);
    }
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
  const places = sidesOf(file).places.map(({ hunk, right }) => ({ hunk, line: right }));
  return lensesAt(runId, file, places, lastLine);
}

/** The same in the user's own file, and the way to the diff. */
function lensesInFile({ runId, file, found, lost }: Waiting, lastLine: number): CodeLens[] {
  const lenses = lensesAt(runId, file, found, lastLine);
  const top = Math.min(found[0]?.line ?? 0, lastLine);
  if (lost.length > 0) {
    const text = `$(warning) ${count(lost.length, "change")} of Arriero: your text has changed there`;
    lenses.push(lens(top, text, "arriero.ui.reviewProposal", runId));
  }
  lenses.push(lens(top, "$(diff) Show as diff", "arriero.ui.reviewProposal", runId));
  return lenses;
}

function lensesAt(
  runId: string,
  file: FileProposal,
  places: readonly Located[],
  lastLine: number,
): CodeLens[] {
  const at = (line: number) => Math.min(line, lastLine);
  const lenses = places.flatMap(({ hunk, line }) => {
    const what = nounFor(file, hunk);
    return [
      lens(at(line), `$(check) Accept${what}`, "arriero.ui.acceptHunk", runId, hunk.id),
      lens(at(line), `$(close) Reject${what}`, "arriero.ui.rejectHunk", runId, hunk.id),
    ];
  });
  const [first] = places;
  if (first !== undefined && places.length > 1) {
    const accept = `$(check-all) Accept all ${places.length} in this file`;
    const { id } = first.hunk;
    lenses.push(
      lens(at(first.line), accept, "arriero.ui.acceptFile", runId, id),
      lens(at(first.line), "$(close-all) Reject all", "arriero.ui.rejectFile", runId, id),
    );
  }
  const stale = staleIn(file).length;
  if (stale > 0) {
    const text = `$(warning) ${count(stale, "hunk")} no longer fits: the file has changed there`;
    lenses.push(lens(at(first?.line ?? 0), text, ""));
  }
  return lenses;
}

function lens(line: number, title: string, command: string, ...args: string[]): CodeLens {
  return new CodeLens(new Range(line, 0, line, 0), { title, command, arguments: args });
}
