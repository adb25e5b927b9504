import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileProposal, HunkState } from "../src/protocol/messages";
import { decodeQuery, encodeQuery } from "../src/review/address";
import { fileWith, hunkAt, nounFor, openHunks, sidesOf } from "../src/review/sides";
import { file, hunk, proposal } from "./samples";

const old = "one\ntwo\nthree\nfour\n";
const proposed = "ONE\ntwo\ninserted\nthree\n";

/** "one" becomes "ONE", a line comes after "two", "four" goes. */
function threeHunks(...states: [HunkState, HunkState, HunkState]): FileProposal {
  return file(old, proposed, [
    hunk("3", 3, ["four\n"], [], states[2]),
    hunk("1", 0, ["one\n"], ["ONE\n"], states[0]),
    hunk("2", 2, [], ["inserted\n"], states[1]),
  ]);
}

const rows: { name: string; file: FileProposal; places: [string, number, number][] }[] = [
  {
    name: "all open, in the order of their lines",
    file: threeHunks("open", "open", "open"),
    places: [
      ["1", 0, 0],
      ["2", 2, 2],
      ["3", 3, 4],
    ],
  },
  {
    name: "only open hunks have places, and only they move the others",
    file: threeHunks("accepted", "rejected", "open"),
    places: [["3", 3, 3]],
  },
  { name: "all decided", file: threeHunks("accepted", "stale", "rejected"), places: [] },
  {
    name: "a file that is created",
    file: file(null, "new\n", [hunk("1", 0, [], ["new\n"])], { kind: "create" }),
    places: [["1", 0, 0]],
  },
  {
    name: "a file that is deleted",
    file: file("old\n", null, [hunk("1", 0, ["old\n"], [])], { kind: "delete" }),
    places: [["1", 0, 0]],
  },
  {
    name: "a rename alone, which has no line",
    file: file("same\n", "same\n", [hunk("1", -1, [], [])], { kind: "rename" }),
    places: [["1", 0, 0]],
  },
];

for (const row of rows) {
  test(`sides: ${row.name}`, () => {
    const { left, right, places } = sidesOf(row.file);
    assert.equal(left, row.file.oldText ?? "");
    assert.equal(right, row.file.newText ?? "");
    assert.deepEqual(
      places.map((place) => [place.hunk.id, place.left, place.right]),
      row.places,
    );
  });
}

test("a document keeps its file when that is renamed", () => {
  const query = encodeQuery({ runId: "run 1&2", hunk: "2", side: "right" });
  const address = decodeQuery(query);
  assert.deepEqual(address, { runId: "run 1&2", hunk: "2", side: "right" });
  assert.equal(decodeQuery("runId=1&hunk=2"), undefined);
  const renamed = file("a\n", "a\n", [hunk("2", 0, [], [])], { uri: "file:///project/new.py" });
  assert.equal(fileWith(proposal([renamed]), "2")?.uri, "file:///project/new.py");
  assert.equal(fileWith(proposal([renamed]), "3"), undefined);
});

test("the hunk at the cursor is the one it is in, else the next, else the last", () => {
  const { places } = sidesOf(threeHunks("open", "open", "open"));
  const found = [0, 1, 2, 3, 4, 9].map((line) => hunkAt(places, "right", line)?.id);
  assert.deepEqual(found, ["1", "2", "2", "3", "3", "3"]);
  assert.equal(hunkAt(places, "left", 3)?.id, "3");
  assert.equal(hunkAt([], "right", 0), undefined);
});

test("open hunks are counted over all files", () => {
  const two = proposal([
    threeHunks("open", "accepted", "open"),
    file("x\n", "y\n", [hunk("4", 0, ["x"], ["y"], "rejected")]),
  ]);
  assert.equal(openHunks(two).length, 2);
});

test("what is accepted is named where it is more than lines", () => {
  const change = hunk("1", 0, ["a"], ["b"]);
  const name = hunk("2", 0, [], []);
  const renamed = file("a\n", "b\n", [], { kind: "rename", newUri: "file:///project/b%20c.py" });
  assert.equal(nounFor(file("a\n", "b\n", []), change), "");
  assert.equal(nounFor(file(null, "b\n", [], { kind: "create" }), change), " the new file");
  assert.equal(nounFor(file("a\n", null, [], { kind: "delete" }), change), " the deletion");
  assert.equal(nounFor(renamed, name), " the new name b c.py");
  assert.equal(nounFor(renamed, change), "");
});
