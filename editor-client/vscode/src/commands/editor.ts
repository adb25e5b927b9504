import {
  languages,
  TabInputNotebook,
  TabInputText,
  type TextEditor,
  Uri,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Place } from "../lens/provider";
import type { EditorSnapshot } from "./arguments";
import { whyUnsuitable } from "./unsuitable";

const schemes = new Set(["file", "untitled"]);

/** The editor that the user works in, if it shows a document that the server knows. */
export function activeEditor(): TextEditor | undefined {
  const editor = window.activeTextEditor;
  return editor !== undefined && schemes.has(editor.document.uri.scheme) ? editor : undefined;
}

/** Why there is no such editor. */
export function whyNoEditor(): string {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  return whyUnsuitable({
    scheme: window.activeTextEditor?.document.uri.scheme,
    textTab: input instanceof TabInputText,
    notebook: input instanceof TabInputNotebook,
  });
}

export function snapshot(
  editor: TextEditor | undefined,
  { code2ProtocolConverter: convert }: LanguageClient,
): EditorSnapshot | undefined {
  if (editor === undefined) {
    return undefined;
  }
  return {
    uri: convert.asUri(editor.document.uri),
    selection: convert.asRange(editor.selection),
    problems: languages
      .getDiagnostics(editor.document.uri)
      .map((problem) => convert.asDiagnostic(problem)),
  };
}

/** The same for a place that is given, such as the function below a lens. */
export async function placed(
  { uri, range }: Place,
  { code2ProtocolConverter: convert }: LanguageClient,
): Promise<EditorSnapshot> {
  const document = await workspace.openTextDocument(Uri.parse(uri));
  return {
    uri: convert.asUri(document.uri),
    selection: convert.asRange(document.validateRange(range)),
    problems: languages
      .getDiagnostics(document.uri)
      .map((problem) => convert.asDiagnostic(problem)),
  };
}
