import { languages, type TextEditor, window } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { EditorSnapshot } from "./arguments";

const schemes = new Set(["file", "untitled"]);

/** The editor that the user works in, if it shows a document that the server knows. */
export function activeEditor(): TextEditor | undefined {
  const editor = window.activeTextEditor;
  return editor !== undefined && schemes.has(editor.document.uri.scheme) ? editor : undefined;
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
