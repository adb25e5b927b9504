import assert from "node:assert/strict";
import { test } from "node:test";
import type { Diagnostic } from "vscode-languageserver-protocol";
import { mostFiles, mostPerFile, Outbox } from "../src/diagnostics/outbox";
import type { FileDiagnostics } from "../src/protocol/messages";

function problem(severity: 1 | 2 | 3 | 4): Diagnostic {
  const at = { line: 0, character: 0 };
  return { range: { start: at, end: at }, message: "wrong", severity };
}

/** An outbox on a clock that the test moves. */
function outbox(read: (uri: string) => Diagnostic[] = () => []) {
  let now = 0;
  let due: { at: number; run: () => void } | undefined;
  const sent: FileDiagnostics[][] = [];
  const timer = {
    after(delay: number, run: () => void) {
      due = { at: now + delay, run };
      return () => {
        due = undefined;
      };
    },
  };
  const box = new Outbox(
    read,
    (files) => sent.push(files),
    timer,
    () => now,
    300,
    1000,
  );
  const pass = (milliseconds: number) => {
    now += milliseconds;
    if (due !== undefined && due.at <= now) {
      const { run } = due;
      due = undefined;
      run();
    }
  };
  return { box, pass, sent };
}

test("changes that come together are sent together, once quiet", () => {
  const { box, pass, sent } = outbox();
  box.add(["a"]);
  pass(200);
  box.add(["b", "a"]);
  pass(200);
  assert.equal(sent.length, 0);
  pass(100);
  assert.deepEqual(
    sent.map((files) => files.map(({ uri }) => uri)),
    [["a", "b"]],
  );
});

test("very many files are sent in parts", () => {
  const { box, pass, sent } = outbox();
  const uris = Array.from({ length: 2 * mostFiles + 1 }, (_, number) => `file:///${number}`);
  box.add(uris);
  pass(300);
  assert.deepEqual(
    sent.map((files) => files.length),
    [mostFiles, mostFiles, 1],
  );
  assert.deepEqual(
    sent.flat().map(({ uri }) => uri),
    uris,
  );
});

test("an editor that never rests is not waited for", () => {
  const { box, pass, sent } = outbox();
  for (let step = 0; step < 5; step += 1) {
    box.add(["a"]);
    pass(200);
  }
  assert.equal(sent.length, 1);
});

test("what was not sent can be forgotten", () => {
  const { box, pass, sent } = outbox();
  box.add(["a"]);
  box.clear();
  box.add([]);
  pass(5000);
  assert.equal(sent.length, 0);
});

test("of very many problems the worst are sent", () => {
  const many = [...Array(mostPerFile).fill(problem(3)), problem(1)];
  const { box, pass, sent } = outbox(() => many);
  box.add(["a"]);
  pass(300);
  const told = sent[0]?.[0]?.diagnostics ?? [];
  assert.equal(told.length, mostPerFile);
  assert.equal(told[0]?.severity, 1);
});
