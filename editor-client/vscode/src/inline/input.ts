import {
  type Disposable,
  type LogOutputChannel,
  Range,
  type TextEditor,
  ThemeColor,
  window,
  workspace,
} from "vscode";
import { CannotRun } from "../commands/arguments";
import { specOf } from "../commands/catalog";
import { activeEditor, snapshot, whyNoEditor } from "../commands/editor";
import type { Runner } from "../commands/run";
import { registerHandlers } from "../handlers";
import type { CommandArgument } from "../protocol/messages";
import { NotRunning } from "../server/refusals";
import type { Server } from "../server/server";
import { tell } from "../tell";

const edit = specOf("arriero.edit");

/** What was asked for, and where. */
interface Asked {
  argument: CommandArgument;
  words: string;
}

/**
 * Asks for an edit of the selection, or of the cursor's line, which is marked meanwhile. The changes
 * are shown in the file when the run ends. What was typed is kept until a run has taken it.
 */
export class InlineInput implements Disposable {
  private readonly marked = window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new ThemeColor("editor.rangeHighlightBackground"),
    borderWidth: "0 0 0 3px",
    borderStyle: "solid",
    borderColor: new ThemeColor("focusBorder"),
  });
  private draft = "";
  private readonly disposables: Disposable[];

  constructor(
    private readonly server: Server,
    private readonly runner: Runner,
    log: LogOutputChannel,
  ) {
    const handlers = {
      "edit.inline": () => this.start(),
      "edit.again": (asked: Asked) => this.run(asked),
    };
    this.disposables = [this.marked, ...registerHandlers(handlers, log)];
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private async start(): Promise<void> {
    const editor = activeEditor();
    if (editor === undefined) {
      throw new CannotRun(whyNoEditor());
    }
    await this.server.api(); // says at once if there is none
    const looked = this.server.client && snapshot(editor, this.server.client);
    if (looked === undefined) {
      throw new NotRunning();
    }
    const words = await this.ask(editor);
    if (words !== undefined) {
      const argument = { textDocument: { uri: looked.uri }, range: looked.selection };
      await this.run({ argument, words });
    }
  }

  private async ask(editor: TextEditor): Promise<string | undefined> {
    const { start, end } = editor.selection;
    const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
    const where = start.line === last ? `line ${last + 1}` : `lines ${start.line + 1}–${last + 1}`;
    editor.setDecorations(this.marked, [new Range(start.line, 0, last, 0)]);
    try {
      const words = await window.showInputBox({
        title: `Edit ${where} of ${workspace.asRelativePath(editor.document.uri)}`,
        placeHolder: "Use a dataclass here",
        value: this.draft,
        ignoreFocusOut: true,
      });
      this.draft = words?.trim() ?? this.draft;
      return this.draft === "" || words === undefined ? undefined : this.draft;
    } finally {
      editor.setDecorations(this.marked, []);
    }
  }

  private async run(asked: Asked): Promise<void> {
    if (edit === undefined) {
      return;
    }
    try {
      const argument = { ...asked.argument, prompt: asked.words };
      const result = await this.runner.run(edit, argument, { review: "file" });
      if (result.stopReason !== "error") {
        this.draft = "";
        return;
      }
      this.offerAgain(asked);
    } catch (error) {
      this.offerAgain(asked);
      throw error;
    }
  }

  private offerAgain(asked: Asked): void {
    const words = asked.words.length > 60 ? `${asked.words.slice(0, 59)}…` : asked.words;
    void tell("info", `Not done: ${words}`, {
      title: "Ask Again",
      command: "arriero.ui.edit.again",
      args: [asked],
    });
  }
}
