import {
  commands,
  type Disposable,
  Selection,
  type TextEditor,
  TextEditorRevealType,
  Uri,
  window,
} from "vscode";
import { CannotRun } from "../commands/arguments";
import { mention } from "../tell";
import { fileOf } from "./documents";
import type { HunksInFile, Waiting } from "./inFile";
import { atLine, beside, type Located } from "./locate";
import type { Proposals } from "./proposals";
import { sidesOf } from "./sides";

export type Direction = "next" | "previous";

/** Moves the cursor from hunk to hunk: in the user's files, and in the documents of a diff. */
export class Steps implements Disposable {
  private readonly listening: Disposable[];

  constructor(
    private readonly proposals: Proposals,
    private readonly hunks: HunksInFile,
  ) {
    const follow = () => {
      const document = window.activeTextEditor?.document;
      const waiting = document && this.hunks.in(document);
      void commands.executeCommand(
        "setContext",
        "arriero.hunksInFile",
        (waiting?.found.length ?? 0) > 0,
      );
    };
    this.listening = [hunks.onChange(follow), window.onDidChangeActiveTextEditor(follow)];
  }

  /** To the next or previous hunk, over the end of a file into the proposal's next one. */
  async go(direction: Direction): Promise<void> {
    const editor = window.activeTextEditor;
    const here = editor && this.placesIn(editor);
    const line = editor?.selection.active.line ?? 0;
    const place = here && beside(here.places, line, direction);
    if (editor !== undefined && place !== undefined) {
      show(editor, place.line);
      return;
    }
    const runId = here?.runId ?? this.proposals.runs.at(-1);
    if (runId === undefined) {
      throw new CannotRun("There is no change to review.");
    }
    await this.openOther(runId, editor, direction, here?.places ?? []);
  }

  /** To the first hunk of a proposal in the user's own files, of the active one if it has any. */
  async start(runId: string): Promise<void> {
    if (this.proposals.get(runId) === undefined) {
      await this.proposals.load(runId);
    }
    const here = this.fileAtCursor();
    const [first] = here?.runId === runId ? here.found : [];
    if (window.activeTextEditor !== undefined && first !== undefined) {
      show(window.activeTextEditor, first.line);
    } else {
      await this.openOther(runId, undefined, "next", []);
    }
  }

  /** The proposal of the active file, if it has one. */
  fileAtCursor(): Waiting | undefined {
    const document = window.activeTextEditor?.document;
    return document && this.hunks.in(document);
  }

  /**
   * The hunk at the cursor of the user's own file. Where the cursor is beside one, it moves there
   * and nothing is decided: one sees first what one takes.
   */
  atCursor(): { runId: string; hunk: string } | "moved" | undefined {
    const editor = window.activeTextEditor;
    const waiting = editor && this.hunks.in(editor.document);
    if (editor === undefined || waiting === undefined) {
      return undefined;
    }
    const { line } = editor.selection.active;
    const place = atLine(waiting.found, line);
    if (place !== undefined) {
      return { runId: waiting.runId, hunk: place.hunk.id };
    }
    const near = beside(waiting.found, line, "next") ?? waiting.found.at(-1);
    if (near === undefined) {
      return undefined;
    }
    show(editor, near.line);
    mention("Arriero: this is the change. Do it again to decide.");
    return "moved";
  }

  dispose(): void {
    for (const listening of this.listening) {
      listening.dispose();
    }
  }

  private placesIn({ document }: TextEditor): { runId: string; places: Located[] } | undefined {
    const shown = fileOf(document.uri, this.proposals);
    if (shown !== undefined) {
      const { runId, file, side } = shown;
      const places = sidesOf(file).places.map((place) => ({ hunk: place.hunk, line: place[side] }));
      return { runId, places };
    }
    const waiting = this.hunks.in(document);
    return waiting && { runId: waiting.runId, places: waiting.found };
  }

  /** The next file of the proposal, round and round; in a diff the first hunk of the same one. */
  private async openOther(
    runId: string,
    editor: TextEditor | undefined,
    direction: Direction,
    places: readonly Located[],
  ): Promise<void> {
    if (this.proposals.get(runId) === undefined) {
      await this.proposals.load(runId);
    }
    const files = this.hunks.filesOf(runId);
    const inDiff = editor !== undefined && fileOf(editor.document.uri, this.proposals);
    const at = files.findIndex(({ uri }) => sameFile(uri, editor));
    const turn = direction === "next" ? 1 : -1;
    const file = files.at(at < 0 ? 0 : (at + turn) % files.length);
    const [first] = places;
    if (inDiff && first !== undefined) {
      show(editor, (direction === "next" ? first : (places.at(-1) ?? first)).line);
      return;
    }
    if (file === undefined) {
      // What is left are new files, which are seen in the diff.
      await commands.executeCommand("arriero.ui.reviewProposal", runId);
      return;
    }
    const opened = await window.showTextDocument(Uri.parse(file.uri), { preview: false });
    const found = this.hunks.in(opened.document)?.found ?? [];
    const target = direction === "next" ? found[0] : found.at(-1);
    if (target === undefined) {
      mention("Arriero: the changes no longer fit here. The diff shows them.");
      return;
    }
    show(opened, target.line);
  }
}

function sameFile(uri: string, editor: TextEditor | undefined): boolean {
  return editor !== undefined && Uri.parse(uri).toString() === editor.document.uri.toString();
}

function show(editor: TextEditor, line: number): void {
  const at = editor.document.validateRange(new Selection(line, 0, line, 0)).start;
  editor.selection = new Selection(at, at);
  editor.revealRange(editor.selection, TextEditorRevealType.InCenterIfOutsideViewport);
}
