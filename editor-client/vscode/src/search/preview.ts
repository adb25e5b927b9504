import {
  type Disposable,
  type LogOutputChannel,
  Range,
  Selection,
  type TextEditor,
  TextEditorSelectionChangeKind,
  ThemeColor,
  type Uri,
  ViewColumn,
  window,
  workspace,
} from "vscode";
import { Before } from "./before";

/** Lines of a file, 0-based: those from `first` to before `end`; `line` is the one to go to. */
export interface Place {
  uri: Uri;
  line: number;
  first: number;
  end: number;
}

/** A click into an editor closes the list, and is told before or after that within so many ms. */
const clickPatience = 100;

/** Shows places while the user moves through a list of them, and takes that back at the end. */
export class Preview implements Disposable {
  private readonly before = new Before();
  private readonly mark = window.createTextEditorDecorationType({
    backgroundColor: new ThemeColor("editor.rangeHighlightBackground"),
    isWholeLine: true,
  });
  private readonly clicks: Disposable;
  private wanted: Place | undefined;
  private showing: Promise<void> | undefined;
  private shown: TextEditor | undefined;
  private clicked = false;

  constructor(private readonly log: LogOutputChannel) {
    this.clicks = window.onDidChangeTextEditorSelection(({ kind, textEditor }) => {
      this.clicked ||= kind === TextEditorSelectionChangeKind.Mouse && textEditor === this.shown;
    });
  }

  /** Show a place and leave the focus where it is; of several in quick succession the last. */
  show(place: Place): void {
    this.wanted = place;
    this.showing ??= this.showWanted().finally(() => {
      this.showing = undefined;
    });
  }

  /** Go to a place for good. Rejects if its file cannot be opened. */
  async open({ uri, line }: Place, aside: boolean): Promise<void> {
    await this.settled();
    if (aside && this.shown !== undefined) {
      await this.before.restore();
    }
    const editor = await window.showTextDocument(uri, {
      preview: workspace
        .getConfiguration("workbench.editor")
        .get("enablePreviewFromQuickOpen", false),
      viewColumn: aside ? ViewColumn.Beside : ViewColumn.Active,
      selection: new Range(line, 0, line, 0),
    });
    const { active } = editor.selection; // the file may have become shorter
    const column = editor.document.lineAt(active.line).firstNonWhitespaceCharacterIndex;
    const start = active.with({ character: column });
    editor.selection = new Selection(start, start);
  }

  /** Be as before, unless the user has clicked into what is shown. */
  async takeBack(): Promise<void> {
    await this.settled();
    if (this.shown === undefined) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, clickPatience));
    if (!this.clicked) {
      await this.before.restore();
    }
  }

  dispose(): void {
    this.clicks.dispose();
    this.mark.dispose();
  }

  private async settled(): Promise<void> {
    this.wanted = undefined;
    await this.showing;
  }

  private async showWanted(): Promise<void> {
    while (this.wanted !== undefined) {
      const { uri, line, first, end } = this.wanted;
      this.wanted = undefined;
      try {
        const editor = await window.showTextDocument(uri, {
          preview: true,
          preserveFocus: true,
          selection: new Range(line, 0, line, 0),
        });
        this.shown?.setDecorations(this.mark, []);
        this.shown = editor;
        editor.setDecorations(this.mark, [new Range(first, 0, Math.max(first, end - 1), 0)]);
      } catch (error) {
        this.log.debug("A hit cannot be previewed:", String(error)); // who chooses it is told
      }
    }
  }
}
