import assert from "node:assert/strict";
import { test } from "node:test";
import { fileHeads } from "../src/index/heads";
import { IndexWatch } from "../src/index/watch";
import { indexLines, indexSummary, share, stateWords } from "../src/index/words";
import type { FolderIndex, IndexPhase, Meaning } from "../src/protocol/indexMessages";
import { method } from "../src/protocol/messages";
import { menuItems } from "../src/status/menu";
import { statusPage } from "../src/status/report";
import { barText, windowLine } from "../src/status/text";
import { FakeServer } from "./fakeServer";
import { folderIndex, status } from "./samples";

const states: [IndexPhase, string][] = [
  ["off", "none"],
  ["waiting", "waiting for its turn"],
  ["scanning", "looking which files there are"],
  ["building", "building, 1,200 of 3,400 files"],
  ["paused", "1,200 of 3,400 files; paused while a run needs the processor"],
  ["ready", "ready, 1,200 files"],
];

for (const [state, words] of states) {
  test(`index: ${state}`, () => {
    assert.equal(stateWords({ state, files: 3400, done: 1200 }), words);
  });
}

test("the tooltip and the status page say how far the index is, and what is wrong", () => {
  const message = "This folder is not indexed | too wide.";
  const index = [folderIndex({ state: "off", message })];
  const { tooltip } = barText("running", status(), 0, index);
  assert.deepEqual(tooltip.slice(-3, -1), ["Index: none", message]);
  const page = statusPage(status(), "0.1.0", index);
  assert.match(page, /\| Index \| none \|\n\| {2}\| This folder is not indexed \\\| too wide\. \|/);
});

test("several folders are named, and count as one in the menu", () => {
  const index = [
    folderIndex({ uri: "file:///work/a%20b/", done: 3, files: 3 }),
    folderIndex({ uri: "file:///work/c", state: "building", done: 1, files: 5 }),
  ];
  assert.deepEqual(indexLines(index), [
    "Index of a b: ready, 3 files",
    "Index of c: building, 1 of 5 files",
  ]);
  assert.equal(indexSummary(index), "building, 4 of 8 files");
  assert.equal(share(index), 50);
  const items = menuItems("running", status(), [], indexSummary(index));
  const entry = items.find(({ command }) => command === "arriero.ui.rebuildIndex");
  assert.equal(entry?.description, "building, 4 of 8 files");
});

const meanings: [Meaning["state"], string][] = [
  ["waiting", "waiting for a quiet moment"],
  ["embedding", "1,200 of 3,400 passages"],
  ["paused", "1,200 of 3,400 passages; paused while something else is at work"],
  ["ready", "ready, 1,200 passages"],
  ["failing", "1,200 of 3,400 passages; failing, and tried again"],
];

for (const [state, words] of meanings) {
  test(`meaning: ${state}`, () => {
    const message = state === "failing" ? "Pull the model." : "";
    const meaning = { state, model: "nomic", chunks: 3400, done: 1200, message };
    const line = `Meaning: ${words}, by nomic`;
    const lines = ["Index: ready, 3 files", line, ...(message === "" ? [] : [message])];
    assert.deepEqual(indexLines([folderIndex({ meaning })]), lines);
    const page = statusPage(status(), "0.1.0", [folderIndex({ meaning })]);
    assert.ok(page.includes(`| Meaning | ${words}, by nomic |`));
  });
}

test("without a folder there is nothing to say", () => {
  assert.deepEqual([indexLines([]), indexSummary([]), share([])], [[], undefined, 0]);
});

const windows: [Parameters<typeof windowLine>[0]["windowSource"], string][] = [
  ["settings", "16,384 tokens, as Arriero's settings say"],
  ["modelfile", "16,384 tokens, as the model's own file says"],
  ["fits", "16,384 tokens, the most that fits into the graphics card"],
  ["trained", "16,384 tokens, the most that the model was trained for"],
  ["default", "16,384 tokens, Arriero's default"],
  [null, "16,384 tokens, as another program asked for"],
];

for (const [windowSource, line] of windows) {
  test(`window: ${windowSource}`, () => {
    const residence = { model: "m", state: "loaded", window: 16384, cpuShare: 0 } as const;
    assert.equal(windowLine({ ...residence, windowSource: windowSource ?? null }), line);
    const told = status({ residence: { ...residence, windowSource: windowSource ?? null } });
    assert.ok(barText("running", told, 0).tooltip.includes(`Window: ${line}`));
    assert.ok(statusPage(told, "0.1.0").includes(`with a window of ${line}`));
  });
}

/** A watch whose answers and time the test gives. */
function watching(answers: (FolderIndex[] | Error)[]) {
  const later: (() => void)[] = [];
  const failures: unknown[] = [];
  let asked = 0;
  let changes = 0;
  const watch = new IndexWatch({
    ask: async () => {
      asked += 1;
      const answer = answers.shift();
      if (answer === undefined || answer instanceof Error) {
        throw answer ?? new Error("asked too often");
      }
      return answer;
    },
    failed: (error) => failures.push(error),
    later: (call) => {
      later.push(call);
      return () => later.splice(later.indexOf(call), 1);
    },
  });
  watch.onChange(() => {
    changes += 1;
  });
  return { watch, later, failures, asked: () => asked, changes: () => changes };
}

test("an index that is being built is looked at again until it is ready", async () => {
  const building = folderIndex({ state: "building", done: 1 });
  const { watch, later, asked, changes } = watching([[building], [building], [folderIndex()]]);
  await watch.look();
  assert.equal(later.length, 1);
  await watch.look(); // told to, before its time: the look that was due is called off
  assert.equal(later.length, 1);
  later.pop()?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(watch.folders, [folderIndex()]);
  assert.deepEqual([asked(), changes(), later.length], [3, 2, 0]);
});

test("looks that come while one is on its way are one more", async () => {
  const { watch, asked } = watching([[], [folderIndex()]]);
  await Promise.all([watch.look(), watch.look(), watch.look()]);
  assert.equal(asked(), 2);
  assert.deepEqual(watch.folders, [folderIndex()]);
});

test("a server that does not say it, and one that has gone", async () => {
  const { watch, failures, later } = watching([
    [folderIndex({ state: "scanning" })],
    new Error("no"),
    [folderIndex()],
  ]);
  await watch.look();
  await watch.look();
  assert.equal(failures.length, 1);
  assert.equal(later.length, 1, "what was known still moves");
  const looked = watch.look();
  watch.clear();
  await looked;
  assert.deepEqual([watch.folders, later.length], [[], 0], "the answer of before does not count");
});

test("a map's lines that name files", () => {
  const text = "a/b.py:\n  class C\n    method d:\n\ne f.py:\nA note.\n";
  assert.deepEqual(fileHeads(text, ["/work/one"]), [
    { line: 0, length: 6, folder: 0, path: "a/b.py" },
    { line: 4, length: 6, folder: 0, path: "e f.py" },
  ]);
  const several = "/work/one:\na.py:\n/work/two:\na.py:\n/elsewhere:\nb.py:\n";
  assert.deepEqual(
    fileHeads(several, ["/work/one", "/work/two"]).map(({ line, folder }) => [line, folder]),
    [
      [1, 0],
      [3, 1],
    ],
  );
  assert.deepEqual(fileHeads("a.py:\n", []), []);
});

test("index, map and reindex have their shapes", async () => {
  const fake = new FakeServer();
  try {
    const asked: unknown[] = [];
    fake.server.onRequest(method.index, (params) => {
      asked.push(params);
      return { indexes: [folderIndex()] };
    });
    fake.server.onRequest(method.map, (params) => {
      asked.push(params);
      return { text: "a.py:\n", tokens: 3, complete: true, note: "" };
    });
    fake.onCommand({ "arriero.reindex": () => ({ started: true, message: "" }) });
    assert.deepEqual(await fake.api.index(), [folderIndex()]);
    await fake.api.index(1);
    assert.equal((await fake.api.map(4096, 5)).text, "a.py:\n");
    assert.equal((await fake.api.reindex()).started, true);
    assert.deepEqual(asked, [{}, { wait: 1 }, { tokens: 4096, wait: 5 }]);
  } finally {
    fake.close();
  }
});
