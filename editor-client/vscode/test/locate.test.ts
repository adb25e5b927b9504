import assert from "node:assert/strict";
import { test } from "node:test";
import { atLine, beside, locate } from "../src/review/locate";
import { addedText, headline, mostShown } from "../src/review/words";
import { file, hunk } from "./samples";

const old = "one\ntwo\nthree\nfour\nfive\n";

/** "two" becomes "TWO", a line comes before "four", "five" goes. */
const proposed = file(old, "one\nTWO\nthree\nnew\nfour\n", [
  hunk("change", 1, ["two\n"], ["TWO\n"]),
  hunk("insert", 3, [], ["new\n"]),
  hunk("remove", 4, ["five\n"], []),
]);

const rows: { name: string; now: string; found: Record<string, number>; lost?: string[] }[] = [
  { name: "the text as it was", now: old, found: { change: 1, insert: 3, remove: 4 } },
  {
    name: "other line ends",
    now: old.replaceAll("\n", "\r\n"),
    found: { change: 1, insert: 3, remove: 4 },
  },
  { name: "lines before all", now: `0\n0\n${old}`, found: { change: 3, insert: 5, remove: 6 } },
  { name: "lines after all", now: `${old}six\n`, found: { change: 1, insert: 3, remove: 4 } },
  {
    name: "a line between them",
    now: "one\ntwo\nmore\nthree\nfour\nfive\n",
    found: { change: 1, insert: 4, remove: 5 },
  },
  {
    name: "edits at both ends, so that all lies between",
    now: "0\none\ntwo\nthree\nfour\nfive\nsix\n",
    found: { change: 2, insert: 4, remove: 5 },
  },
  {
    name: "the line that it replaces was edited",
    now: "one\nTwo!\nthree\nfour\nfive\n",
    found: { insert: 3, remove: 4 },
    lost: ["change"],
  },
  {
    name: "a line that is there again: the nearest",
    now: "two\nx\ny\none\ntwo\nthree\nfour\nfive\nz\n",
    found: { change: 4, insert: 6, remove: 7 },
  },
  { name: "nothing is left", now: "", found: {}, lost: ["change", "insert", "remove"] },
];

for (const row of rows) {
  test(`hunks in a file: ${row.name}`, () => {
    const { found, lost } = locate(proposed, row.now);
    assert.deepEqual(Object.fromEntries(found.map((one) => [one.hunk.id, one.line])), row.found);
    assert.deepEqual(
      lost.map(({ id }) => id),
      row.lost ?? [],
    );
  });
}

test("what is decided has no place", () => {
  const decided = {
    ...proposed,
    hunks: proposed.hunks.map((one) => ({ ...one, state: "accepted" as const })),
  };
  assert.deepEqual(locate(decided, old), { found: [], lost: [] });
});

test("a hunk at a line, and those beside it", () => {
  const { found } = locate(proposed, old);
  const ids = (lines: number[], pick: (line: number) => string | undefined) => lines.map(pick);
  assert.deepEqual(
    ids([0, 1, 2, 3, 4], (line) => atLine(found, line)?.hunk.id),
    [undefined, "change", undefined, "insert", "remove"],
  );
  assert.deepEqual(
    ids([0, 1, 3, 4], (line) => beside(found, line, "next")?.hunk.id),
    ["change", "insert", "remove", undefined],
  );
  assert.deepEqual(
    ids([1, 2, 4, 9], (line) => beside(found, line, "previous")?.hunk.id),
    [undefined, "change", "insert", "remove"],
  );
});

test("what stands in the box of a hunk", () => {
  const [change, , remove] = proposed.hunks;
  assert.ok(change && remove);
  assert.deepEqual(addedText(proposed, change), { code: "+ TWO", note: "" });
  assert.deepEqual(addedText(proposed, remove), {
    code: "",
    note: "The marked lines are taken out.",
  });
  assert.equal(headline(change, 0, 3), "Change 1 of 3  +1 −1");
  const long = hunk("long", 0, [], Array(mostShown + 1).fill("x\n"));
  const shown = addedText(proposed, long);
  assert.equal(shown.code.split("\n").length, mostShown);
  assert.equal(shown.note, "1 further line in the diff.");
  const rename = file("a\n", "a\n", [], { kind: "rename", newUri: "file:///project/b.py" });
  assert.equal(addedText(rename, hunk("name", -1, [], [])).note, "This is the new name b.py.");
});
