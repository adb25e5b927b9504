import { commands, env, Range, Selection, Uri, window, workspace } from "vscode";
import type { AnswerView } from "../answers/view";
import { quietly } from "../review/commands";
import { decoded, placeOf } from "./links";
import { findPlace } from "./places";

/** Follow a link of an answer: a page in the browser, after VS Code's own question, or a file. */
export async function openLink(href: string): Promise<void> {
  if (/^(?:https?|mailto):/i.test(href)) {
    await env.openExternal(Uri.parse(href));
    return;
  }
  const { path, line } = placeOf(href);
  await openFile(/^file:/i.test(path) ? Uri.parse(path).fsPath : decoded(path), line);
}

/** Show a file of the workspace; `line` from 1, 0 for none. */
export async function openFile(path: string, line: number): Promise<void> {
  const uri = await findPlace(path);
  if (uri === undefined || workspace.getWorkspaceFolder(uri) === undefined) {
    void window.showInformationMessage(`There is no file ${path} in this workspace.`);
    return;
  }
  const at = Math.max(0, line - 1);
  await window.showTextDocument(uri, line > 0 ? { selection: new Range(at, 0, at, 0) } : {});
}

export async function copy(text: string): Promise<void> {
  await env.clipboard.writeText(text);
}

/** Put code in the place of what is selected in the editor. */
export async function insert(text: string): Promise<void> {
  const editor = window.activeTextEditor ?? window.visibleTextEditors[0];
  if (editor === undefined) {
    void window.showInformationMessage("Open the file that the code is to go into first.");
    return;
  }
  await editor.edit((change) => change.replace(editor.selection, text));
  const end = editor.selection.end;
  editor.selection = new Selection(end, end);
  await window.showTextDocument(editor.document, { viewColumn: editor.viewColumn ?? 1 });
}

/** Show the whole result of a tool, as it is. */
export async function showResult(answers: AnswerView, title: string, text: string): Promise<void> {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  await answers.show(title, `${fence}text\n${text}\n${fence}\n`);
}

/** The commands of the review that a proposal's card offers; the card shows what comes of them. */
export async function decide(runId: string, deed: "accept" | "reject" | "review"): Promise<void> {
  const names = { accept: "acceptAll", reject: "rejectAll", review: "reviewProposal" };
  await commands.executeCommand(`arriero.ui.${names[deed]}`, runId, quietly);
}
