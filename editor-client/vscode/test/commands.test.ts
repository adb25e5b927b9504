import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Diagnostic, Range } from "vscode-languageserver-protocol";
import { buildArgument, CannotRun, type EditorSnapshot } from "../src/commands/arguments";
import { type CommandName, catalog, specOf } from "../src/commands/catalog";
import { Drafts } from "../src/commands/drafts";
import { Meter } from "../src/commands/meter";
import { outcomeOf } from "../src/commands/outcome";
import { type Shown, whyUnsuitable } from "../src/commands/unsuitable";
import type { CommandArgument, RunResult } from "../src/protocol/messages";
import { runResult } from "./samples";

function spec(name: CommandName) {
  const found = specOf(`arriero.${name}`);
  assert.ok(found);
  return found;
}

function range(startLine: number, start: number, endLine: number, end: number): Range {
  return {
    start: { line: startLine, character: start },
    end: { line: endLine, character: end },
  };
}

function problem(line: number): Diagnostic {
  return { range: range(line, 0, line, 4), message: `wrong in ${line}`, severity: 1 };
}

const uri = "file:///project/a.py";
const cursor = range(4, 2, 4, 2);
const selection = range(2, 0, 4, 3);

function editor(selected: Range, ...problems: Diagnostic[]): EditorSnapshot {
  return { uri, selection: selected, problems };
}

const textDocument = { uri };
const rows: {
  name: string;
  command: CommandName;
  editor?: EditorSnapshot;
  prompt?: string;
  argument: CommandArgument;
}[] = [
  { name: "ask without a file", command: "ask", prompt: "why?", argument: { prompt: "why?" } },
  {
    name: "ask leaves an empty selection out",
    command: "ask",
    editor: editor(cursor, problem(4)),
    prompt: "why?",
    argument: { textDocument, prompt: "why?" },
  },
  {
    name: "edit sends the selection",
    command: "edit",
    editor: editor(selection),
    prompt: "shorter",
    argument: { textDocument, range: selection, prompt: "shorter" },
  },
  {
    name: "followComment sends the cursor",
    command: "followComment",
    editor: editor(cursor),
    argument: { textDocument, range: cursor },
  },
  {
    name: "fix sends the problems on the selected lines",
    command: "fix",
    editor: editor(selection, problem(1), problem(4), problem(5)),
    argument: { textDocument, range: selection, diagnostics: [problem(4)] },
  },
  {
    name: "fix without a selection and without a problem there sends all",
    command: "fix",
    editor: editor(cursor, problem(1), problem(5)),
    argument: { textDocument, range: cursor, diagnostics: [problem(1), problem(5)] },
  },
  {
    name: "explain sends only the problems there",
    command: "explain",
    editor: editor(cursor, problem(1)),
    argument: { textDocument, range: cursor, diagnostics: [] },
  },
  {
    name: "review is about the whole file",
    command: "review",
    editor: editor(cursor, problem(9)),
    argument: { textDocument, diagnostics: [problem(9)] },
  },
  {
    name: "review is about the selection if there is one",
    command: "review",
    editor: editor(selection, problem(9)),
    argument: { textDocument, range: selection, diagnostics: [] },
  },
  { name: "a commit message needs no file", command: "commitMessage", argument: {} },
];

for (const row of rows) {
  test(`argument: ${row.name}`, () => {
    assert.deepEqual(buildArgument(spec(row.command), row.editor, row.prompt), row.argument);
  });
}

test("a command about a file says so when there is none", () => {
  for (const entry of catalog.filter(({ needsEditor }) => needsEditor)) {
    assert.throws(() => buildArgument(entry, undefined), CannotRun);
  }
});

test("every command of the catalog is in the manifest, with an id of its own", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const ids: string[] = manifest.contributes.commands.map(
    (entry: { command: string }) => entry.command,
  );
  for (const { name } of catalog) {
    assert.ok(ids.includes(`arriero.ui.${name}`), name);
  }
  assert.deepEqual(
    ids.filter((id) => !id.startsWith("arriero.ui.")),
    [],
  );
});

const outcomes: {
  name: string;
  command: CommandName;
  result: Partial<RunResult>;
  open?: number;
  show: string;
  notice?: [string, RegExp, string[]];
}[] = [
  {
    name: "an answer is shown and nothing else",
    command: "explain",
    result: { message: "It adds." },
    show: "answer",
  },
  {
    name: "a proposal is reviewed, with the model's words",
    command: "edit",
    result: { message: "**Renamed** it.\n\nMore." },
    open: 3,
    show: "review",
    notice: ["info", /^Renamed it\.$/, ["answer"]],
  },
  {
    name: "an applied change can be undone",
    command: "fix",
    result: { message: "Fixed.", applied: true },
    show: "nothing",
    notice: ["info", /^Fixed\.$/, ["undo", "answer"]],
  },
  {
    name: "an edit that changes nothing says so",
    command: "edit",
    result: { message: "It is already so." },
    show: "nothing",
    notice: ["info", /^Arriero proposes no change\. It is already so\.$/, ["answer"]],
  },
  {
    name: "a commit message goes to its box",
    command: "commitMessage",
    result: { message: "Add it" },
    show: "commit",
  },
  {
    name: "a commit message that was cut short does not",
    command: "commitMessage",
    result: { message: "Add", stopReason: "max_tokens" },
    show: "nothing",
    notice: ["warning", /length limit/, ["answer"]],
  },
  {
    name: "an error is told with the log",
    command: "ask",
    result: { message: "Start Ollama.", stopReason: "error" },
    show: "nothing",
    notice: ["error", /^Start Ollama\.$/, ["log"]],
  },
  {
    name: "a failed run may still leave a proposal",
    command: "agent",
    result: { message: "Ollama went away.", stopReason: "error" },
    open: 1,
    show: "review",
    notice: ["error", /went away/, ["log"]],
  },
  {
    name: "the step limit",
    command: "agent",
    result: { stopReason: "max_turn_requests" },
    show: "nothing",
    notice: ["warning", /step limit/, []],
  },
  {
    name: "another limit, which the server names",
    command: "agent",
    result: { stopReason: "max_turn_requests", message: "Stopped (limits.run_files)." },
    show: "nothing",
    notice: ["warning", /limits.run_files/, []],
  },
  {
    name: "cancelled is quiet",
    command: "agent",
    result: { stopReason: "cancelled" },
    show: "nothing",
  },
];

for (const row of outcomes) {
  test(`outcome: ${row.name}`, () => {
    const { show, notice } = outcomeOf(spec(row.command), runResult(row.result), row.open ?? 0);
    assert.equal(show, row.show);
    if (row.notice === undefined) {
      assert.equal(notice, undefined);
      return;
    }
    assert.equal(notice?.level, row.notice[0]);
    assert.match(notice?.text ?? "", row.notice[1]);
    assert.deepEqual(notice?.actions, row.notice[2]);
  });
}

test("progress goes up only, from percentages to increments", () => {
  const meter = new Meter();
  assert.deepEqual(meter.step({ kind: "begin", title: "Fix", message: "model loads" }), {
    message: "model loads",
  });
  assert.deepEqual(meter.step({ kind: "report", percentage: 30 }), { increment: 30 });
  assert.deepEqual(meter.step({ kind: "report", percentage: 20 }), { increment: 0 });
  assert.deepEqual(meter.step({ kind: "report", percentage: 400, message: "step 3" }), {
    message: "step 3",
    increment: 70,
  });
  assert.deepEqual(meter.step({ kind: "end" }), {});
});

test("words are kept until a run has ended well", () => {
  const drafts = new Drafts();
  assert.equal(drafts.of("edit"), "");
  assert.equal(drafts.typed("edit", "  Rename it "), "Rename it");
  drafts.ended("edit", "error");
  assert.equal(drafts.of("edit"), "Rename it");
  assert.equal(drafts.of("ask"), "");
  assert.equal(drafts.typed("edit", undefined), undefined);
  assert.equal(drafts.of("edit"), "Rename it", "the box was closed");
  drafts.ended("edit", "end_turn");
  assert.equal(drafts.of("edit"), "");
  assert.equal(drafts.typed("edit", " "), undefined);
});

const shown: { shown: Shown; says: RegExp }[] = [
  { shown: { textTab: false, notebook: false }, says: /^Open a file first/ },
  { shown: { textTab: true, notebook: false }, says: /50 MB/ },
  { shown: { textTab: false, notebook: true }, says: /notebooks/ },
  { shown: { scheme: "vscode-notebook-cell", textTab: false, notebook: false }, says: /notebooks/ },
  { shown: { scheme: "git", textTab: true, notebook: false }, says: /files on disk/ },
];

for (const row of shown) {
  test(`no file for a command: ${row.says.source}`, () => {
    assert.match(whyUnsuitable(row.shown), row.says);
  });
}
