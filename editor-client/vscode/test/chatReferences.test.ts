import assert from "node:assert/strict";
import { test } from "node:test";
import { decoded, placeOf } from "../src/chat/links";
import { chipFor, chipLabel, promptBlocks, readPrompt, referenceOf } from "../src/chat/references";

const chips = [
  [chipFor("file", "src/a b.py", { first: 3, last: 9 }), '@file "src/a b.py":3-9', "a b.py:3-9"],
  [chipFor("file", 'say "hi".py'), "@file 'say \"hi\".py'", 'say "hi".py'],
  [chipFor("file", "a.py", { first: 7, last: 7 }), '@file "a.py":7', "a.py:7"],
  [chipFor("folder", "src/deep"), '@folder "src/deep"', "deep/"],
  [chipFor("symbol", "Money.split"), "@symbol Money.split", "Money.split"],
  [chipFor("problems"), "@problems", "Problems"],
  [chipFor("git"), "@git", "Git"],
] as const;

for (const [chip, written, label] of chips) {
  test(`context: ${written}`, () => {
    assert.equal(referenceOf(chip), written);
    assert.equal(chipLabel(chip), label);
    assert.deepEqual(readPrompt(`Do it\n\n${written}`), { text: "Do it", chips: [chip] });
  });
}

test("a prompt carries what the server cannot read itself, and is read back", () => {
  const terminal = chipFor("terminal", "terminal: make [all]", { text: "$ make\nfailed\n" });
  const blocks = promptBlocks("Why? ", [terminal, chipFor("git")]);
  assert.deepEqual(blocks, [
    { type: "text", text: "Why?\n\n@git" },
    { type: "text", text: " " },
    {
      type: "resource",
      resource: { uri: "[attached: terminal: make  all ]", text: "$ make\nfailed\n" },
    },
  ]);
  const stored = blocks.map((one) => (one.type === "text" ? one.text : one.resource.uri)).join("");
  const { text: words, chips: read } = readPrompt(stored);
  assert.equal(words, "Why?");
  assert.deepEqual(read.map(chipLabel), ["Git", "terminal: make  all "]);
});

for (const words of ["Look at @file a.py please", "mail me@git", "a\n\nno @problems here"]) {
  test(`not taken for context: ${JSON.stringify(words)}`, () => {
    assert.deepEqual(readPrompt(words), { text: words, chips: [] });
  });
}

for (const [href, path, line] of [
  ["src/a.py", "src/a.py", 0],
  ["src/a.py:12", "src/a.py", 12],
  ["src/a.py:12:3", "src/a.py", 12],
  ["src/a.py#L12-L14", "src/a.py", 12],
  ["file:///c%3A/a.py", "file:///c%3A/a.py", 0],
  ["file:///w/a.py#L7", "file:///w/a.py", 7],
] as const) {
  test(`a link to a place: ${href}`, () => {
    assert.deepEqual(placeOf(href), { path, line });
  });
}

test("a path is decoded if it was encoded", () => {
  assert.equal(decoded("a%20b.py"), "a b.py");
  assert.equal(decoded("100%.txt"), "100%.txt");
});
