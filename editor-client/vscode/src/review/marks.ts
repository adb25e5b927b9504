import {
  CommentMode,
  type CommentThread,
  CommentThreadCollapsibleState,
  CommentThreadState,
  comments,
  type Disposable,
  MarkdownString,
  OverviewRulerLane,
  Range,
  type TextDocument,
  type TextEditor,
  ThemeColor,
  Uri,
  window,
  workspace,
} from "vscode";
import type { HunksInFile, Waiting } from "./inFile";
import type { Located } from "./locate";
import { addedText, headline } from "./words";

const controllerId = "arriero-review";

/** What a thread is about, for the commands in its title. */
export interface ThreadAbout {
  runId: string;
  hunk: string;
}

const about = new WeakMap<CommentThread, ThreadAbout>();

/** The hunk that a thread of ours shows; undefined for anything else. */
export function threadAbout(argument: unknown): ThreadAbout | undefined {
  return typeof argument === "object" && argument !== null
    ? about.get(argument as CommentThread)
    : undefined;
}

/**
 * Shows open hunks in the user's own file: the lines that would go are marked, and what would come
 * stands below them, in a box between the lines. The file itself is not touched.
 */
export class HunkMarks implements Disposable {
  private readonly removed = window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new ThemeColor("diffEditor.removedLineBackground"),
    overviewRulerColor: new ThemeColor("editorOverviewRuler.deletedForeground"),
    overviewRulerLane: OverviewRulerLane.Full,
    borderWidth: "0 0 0 3px",
    borderStyle: "solid",
    borderColor: new ThemeColor("editorGutter.deletedBackground"),
  });
  private readonly inserted = window.createTextEditorDecorationType({
    isWholeLine: true,
    borderWidth: "2px 0 0 0",
    borderStyle: "solid",
    borderColor: new ThemeColor("editorGutter.addedBackground"),
    overviewRulerColor: new ThemeColor("editorOverviewRuler.addedForeground"),
    overviewRulerLane: OverviewRulerLane.Full,
  });
  private readonly controller = comments.createCommentController(controllerId, "Arriero");
  private readonly threads = new Map<string, CommentThread>();
  private readonly disposables: Disposable[];

  constructor(private readonly hunks: HunksInFile) {
    this.disposables = [
      this.removed,
      this.inserted,
      this.controller,
      hunks.onChange(() => this.show()),
      workspace.onDidCloseTextDocument(() => this.show()),
    ];
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private show(): void {
    const wanted = new Set<string>();
    const documents = new Set<TextDocument>();
    for (const editor of window.visibleTextEditors) {
      const waiting = this.hunks.in(editor.document);
      this.decorate(editor, waiting);
      if (waiting !== undefined && !documents.has(editor.document)) {
        documents.add(editor.document);
        waiting.found.forEach((place, number) => {
          const key = [waiting.runId, place.hunk.id, number, waiting.found.length].join(" ");
          wanted.add(key);
          this.place(key, editor.document, waiting, place, number);
        });
      }
    }
    for (const [key, thread] of this.threads) {
      if (!wanted.has(key)) {
        thread.dispose();
        this.threads.delete(key);
      }
    }
  }

  private place(
    key: string,
    document: TextDocument,
    waiting: Waiting,
    place: Located,
    number: number,
  ): void {
    const thread = this.threads.get(key);
    if (thread === undefined) {
      this.threads.set(key, this.thread(document, waiting, place, number));
    } else if (thread.range?.start.line !== boxLine(place)) {
      thread.range = lineRange(boxLine(place));
    }
  }

  private decorate(editor: TextEditor, waiting: Waiting | undefined): void {
    const places = waiting?.found ?? [];
    const replaced = places.filter(({ hunk }) => hunk.oldLines.length > 0);
    editor.setDecorations(
      this.removed,
      replaced.map(({ hunk, line }) => new Range(line, 0, line + hunk.oldLines.length - 1, 0)),
    );
    editor.setDecorations(
      this.inserted,
      places.filter((place) => !replaced.includes(place)).map(({ line }) => lineRange(line)),
    );
  }

  private thread(
    document: TextDocument,
    { runId, file, found }: Waiting,
    place: Located,
    number: number,
  ): CommentThread {
    const { hunk } = place;
    const added = addedText(file, hunk);
    const body = new MarkdownString();
    if (added.code !== "") {
      body.appendCodeblock(added.code, "diff");
    }
    if (added.note !== "") {
      body.appendMarkdown(added.note);
    }
    const thread = this.controller.createCommentThread(document.uri, lineRange(boxLine(place)), [
      {
        author: { name: "Arriero", iconPath: Uri.parse(icon) },
        body,
        mode: CommentMode.Preview,
      },
    ]);
    thread.canReply = false;
    thread.label = headline(hunk, number, found.length);
    thread.collapsibleState = CommentThreadCollapsibleState.Expanded;
    // VS Code opens its panel of comments for threads that are not resolved.
    thread.state = CommentThreadState.Resolved;
    thread.contextValue = "hunk";
    about.set(thread, { runId, hunk: hunk.id });
    return thread;
  }
}

/** A transparent point: the box needs no picture of who made it. */
const icon = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

/** The box of a hunk stands below this line: the last that goes, or the one before what comes. */
function boxLine({ hunk, line }: Located): number {
  return Math.max(0, line + hunk.oldLines.length - 1);
}

function lineRange(line: number): Range {
  return new Range(line, 0, line, 0);
}
