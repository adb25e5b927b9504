import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import {
  type CancellationToken,
  LSPErrorCodes,
  ResponseError,
} from "vscode-languageserver-protocol";
import { method } from "../src/protocol/messages";
import { excerpt, reasons, seed, withoutIcons } from "../src/search/hits";
import { failureRows, rowsOf } from "../src/search/items";
import { Latest } from "../src/search/latest";
import { FakeServer } from "./fakeServer";
import { hit } from "./samples";

const excerpts: [string, string, string, number, string][] = [
  [
    "the line with most words",
    "a\n  the  window\nchoose the window",
    "choose window",
    12,
    "choose the window",
  ],
  ["of equal lines the first", "one window\ntwo window", "Window", 10, "one window"],
  ["without a word of the query the first that is not empty", "\n\n  x = 1", "window", 12, "x = 1"],
  [
    "short words do not count",
    "def chosen():\n  is the chosen one",
    "is the chosen",
    10,
    "def chosen():",
  ],
  ["unless there is no other", "a\nit is", "is", 11, "it is"],
  ["a query of signs only", "a\nb", "+-*", 10, "a"],
  ["nothing at all", "", "window", 10, ""],
  ["a long line", "x".repeat(300), "x", 10, `${"x".repeat(239)}…`],
];

for (const [name, text, query, line, shown] of excerpts) {
  test(`excerpt: ${name}`, () => {
    assert.deepEqual(excerpt(hit({ text }), query), { line, text: shown });
  });
}

test("three reasons are enough", () => {
  assert.equal(reasons(hit({ why: ["a", "b", "c", "d"] })), "a; b; c");
});

const icons: [string, string][] = [
  ["$(hubot) is an icon", "\\$(hubot) is an icon"],
  ["$(sync~spin)", "\\$(sync~spin)"],
  ["\\$(hubot)", "\\$(hubot)"],
  ["$( x ) and $(a b)", "$( x ) and $(a b)"],
];

for (const [text, shown] of icons) {
  test(`shown as it is: ${text}`, () => assert.equal(withoutIcons(text), shown));
}

const seeds: [string, string][] = [
  ["  split_evenly ", "split_evenly"],
  ["two\nlines", ""],
  ["x".repeat(101), ""],
  ["", ""],
];

for (const [selected, text] of seeds) {
  test(`a search begins with ${JSON.stringify(selected.slice(0, 20))}`, () =>
    assert.equal(seed(selected), text));
}

const name = (uri: string) => uri.split("/").slice(-2).join("/");

test("rows: a hit has its place, its reasons and its best line", () => {
  const [row] = rowsOf({ hits: [hit()], note: "" }, "split amounts", name);
  assert.deepEqual(row, {
    label: "tally/money.py:12",
    description: "defines split_evenly",
    detail: '"""Split amounts."""',
    does: { open: { uri: hit().uri, line: 11, first: 10, end: 13 } },
  });
});

test("rows: what is missing is said first, and what follows is offered last", () => {
  const note = "The index is still being built: 1 of 3 files are in it.";
  const rows = rowsOf({ hits: [hit(), hit()], note, cursor: "2" }, "x", name);
  assert.deepEqual(
    rows.map(({ does }) => (typeof does === "object" ? "open" : does)),
    ["again", "open", "open", "more"],
  );
  assert.equal(rows[0]?.label, `$(info) ${note}`);
});

test("rows: nothing found, and a search that failed", () => {
  const [row, ...rest] = rowsOf({ hits: [], note: "", cursor: null }, "x", name);
  assert.deepEqual([row?.label, rest], ["Nothing was found.", []]);
  assert.deepEqual(failureRows("The pattern $(x) is not valid.")[0], {
    label: "$(warning) The pattern \\$(x) is not valid.",
    does: "again",
  });
});

/** A `Latest` whose answers the test gives, and what came of it. */
function asking() {
  const asked: { question: string; token: CancellationToken; answer: (text: string) => void }[] =
    [];
  const seen: string[] = [];
  const events = new EventEmitter();
  const latest = new Latest<string, string>({
    ask: (question, token) =>
      new Promise((answer, reject) => {
        token.onCancellationRequested(() => reject(new Error("cancelled")));
        asked.push({ question, token, answer });
        events.emit("asked");
      }),
    answered: (answer, question) => {
      seen.push(`${question}: ${answer}`);
      events.emit("seen");
    },
    failed: (error, question) => seen.push(`${question}! ${error}`),
    busy: (busy) => seen.push(busy ? "busy" : "idle"),
  });
  return { latest, asked, seen, events };
}

test("what is typed in quick succession is asked once, when typing rests", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { latest, asked } = asking();
  for (const question of ["s", "sp", "split"]) {
    latest.want(question, 100);
    t.mock.timers.tick(60);
  }
  assert.equal(asked.length, 0);
  t.mock.timers.tick(40);
  assert.deepEqual(
    asked.map(({ question }) => question),
    ["split"],
  );
});

test("what is wanted anew cancels, and waits until that has ended", async () => {
  const { latest, asked, seen, events } = asking();
  const first = once(events, "asked");
  latest.want("one", 0);
  await first;
  assert.equal(asked.length, 1);
  const second = once(events, "asked");
  latest.want("two", 0);
  assert.equal(asked[0]?.token.isCancellationRequested, true);
  await second;
  const answered = once(events, "seen");
  asked[1]?.answer("found");
  await answered;
  assert.deepEqual(
    seen.filter((one) => one.includes(":") || one.includes("!")),
    ["two: found"],
  );
  assert.equal(seen.at(-2), "idle");
});

test("one request at a time, also where the server does not end a cancelled one at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const flying: ((text: string) => void)[] = [];
  const asked: string[] = [];
  const events = new EventEmitter();
  const latest = new Latest<string, string>({
    ask: (question) => {
      asked.push(question);
      events.emit("asked");
      return new Promise<string>((answer) => flying.push(answer));
    },
    answered: (answer, question) => events.emit("seen", question, answer),
    failed: (error) => events.emit("error", error),
    busy: () => undefined,
  });
  for (const question of ["one", "two", "three"]) {
    latest.want(question, 0);
    t.mock.timers.tick(1);
  }
  assert.deepEqual(asked, ["one"]);
  const second = once(events, "asked");
  flying[0]?.("late");
  await second;
  const seen = once(events, "seen");
  flying[1]?.("right");
  assert.deepEqual(await seen, ["three", "right"]);
  assert.deepEqual(asked, ["one", "three"]);
});

test("what is dropped is neither asked nor answered", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { latest, asked, seen } = asking();
  latest.want("one", 0);
  t.mock.timers.tick(1);
  latest.drop();
  latest.want("two", 0);
  latest.drop();
  t.mock.timers.tick(1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, 1);
  assert.deepEqual(new Set(seen), new Set(["busy", "idle"]));
  assert.equal(seen.at(-1), "idle");
});

test("a search over the wire: its params, and its cancelling", async () => {
  const fake = new FakeServer();
  try {
    const events = new EventEmitter();
    const asked: unknown[] = [];
    fake.server.onRequest(method.search, (params, token) => {
      asked.push(params);
      if (params.query !== "slow") {
        return { hits: [hit()], complete: true, note: "" };
      }
      events.emit("started");
      return new Promise((_resolve, reject) => {
        token.onCancellationRequested(() =>
          reject(new ResponseError(LSPErrorCodes.RequestCancelled, "cancelled")),
        );
      });
    });
    const seen: unknown[] = [];
    const latest = new Latest({
      ask: (query: string, token) => fake.api.search({ query, kind: "auto", limit: 30 }, token),
      answered: (answer) => {
        seen.push(answer.hits.length);
        events.emit("seen");
      },
      failed: (error) => seen.push(error),
      busy: () => undefined,
    });
    const started = once(events, "started");
    latest.want("slow", 0);
    await started;
    const answered = once(events, "seen");
    latest.want("quick", 0);
    await answered;
    assert.deepEqual(seen, [1]);
    assert.deepEqual(asked, [
      { query: "slow", kind: "auto", limit: 30 },
      { query: "quick", kind: "auto", limit: 30 },
    ]);
  } finally {
    fake.close();
  }
});
