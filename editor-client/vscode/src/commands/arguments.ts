import type { Diagnostic, Range } from "vscode-languageserver-protocol";
import type { CommandArgument } from "../protocol/messages";
import type { CommandSpec } from "./catalog";

/** What the user is looking at, in LSP's terms. */
export interface EditorSnapshot {
  uri: string;
  selection: Range;
  /** All problems of the document, of every extension. */
  problems: Diagnostic[];
}

/** Thrown before anything is sent; the text is for the user. */
export class CannotRun extends Error {}

/** The argument for a command started from the palette or a menu. */
export function buildArgument(
  spec: CommandSpec,
  editor: EditorSnapshot | undefined,
  prompt?: string,
): CommandArgument {
  if (editor === undefined) {
    if (spec.needsEditor) {
      throw new CannotRun("Open a file first: this command works on the file in the editor.");
    }
    return prompt === undefined ? {} : { prompt };
  }
  const argument: CommandArgument = { textDocument: { uri: editor.uri } };
  const range = rangeFor(spec, editor.selection);
  if (range !== undefined) {
    argument.range = range;
  }
  if (prompt !== undefined) {
    argument.prompt = prompt;
  }
  if (spec.sendsProblems) {
    argument.diagnostics = problemsFor(spec, editor);
  }
  return argument;
}

function rangeFor(spec: CommandSpec, selection: Range): Range | undefined {
  if (spec.target === "document" || (spec.target === "selection" && isEmpty(selection))) {
    return undefined;
  }
  return selection;
}

/** The problems on the selected lines. Without a selection, and none there: all, for a fix. */
function problemsFor(spec: CommandSpec, editor: EditorSnapshot): Diagnostic[] {
  const whole = spec.target === "selection" && isEmpty(editor.selection);
  if (whole || spec.target === "document") {
    return editor.problems;
  }
  const there = editor.problems.filter((problem) => touchesLines(problem.range, editor.selection));
  const wantsAll = spec.name === "fix" && there.length === 0 && isEmpty(editor.selection);
  return wantsAll ? editor.problems : there;
}

function isEmpty({ start, end }: Range): boolean {
  return start.line === end.line && start.character === end.character;
}

function touchesLines(one: Range, other: Range): boolean {
  return one.start.line <= other.end.line && other.start.line <= one.end.line;
}
