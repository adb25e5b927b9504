import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerItem, Item } from "../../src/chat/items";
import type { ToView } from "../../src/chat/messages";
import { page } from "../../src/chat/page";
import { mentionAt, withoutMention } from "../draft";
import { dropped } from "../drop";
import { Heights } from "../heights";
import { deedOf } from "../keys";
import { blocksOf } from "../markdown";
import { type Model, nothing, take } from "../model";

function answer(id: string, text: string, open = false): AnswerItem {
  return { kind: "answer", id, runId: "r", text, open, dropped: false };
}

function after(...messages: ToView[]): Model {
  return messages.reduce(take, nothing);
}

const [one, two, three] = ["one", "two", "three"].map((id) => answer(id, id)) as [Item, Item, Item];

test("a history arrives from its end, and changes of another list are not for this one", () => {
  const model = after(
    { type: "reset", list: 2, total: 3 },
    { type: "fill", list: 2, at: 1, items: [two, three] },
    { type: "fill", list: 1, at: 0, items: [three] },
    { type: "change", list: 1, changes: [{ op: "put", at: 1, item: one }] },
  );
  assert.deepEqual(model.items, [undefined, two, three]);
  const full = take(model, { type: "fill", list: 2, at: 0, items: [one] });
  assert.deepEqual(full.items, [one, two, three]);
});

test("words are added to an item, and nothing to one that is not there yet", () => {
  const model = after(
    { type: "reset", list: 1, total: 2 },
    { type: "fill", list: 1, at: 1, items: [answer("a", "So", true)] },
    {
      type: "change",
      list: 1,
      changes: [
        { op: "add", at: 1, text: " it is." },
        { op: "add", at: 0, text: "lost" },
      ],
    },
  );
  assert.deepEqual(model.items, [undefined, answer("a", "So it is.", true)]);
});

test("a screen reader hears whole answers, questions and the queue", () => {
  const open = after(
    { type: "reset", list: 1, total: 0 },
    { type: "change", list: 1, changes: [{ op: "put", at: 0, item: answer("a", "So", true) }] },
  );
  assert.equal(open.said, "");
  const closed = take(open, {
    type: "change",
    list: 1,
    changes: [{ op: "put", at: 0, item: answer("a", "So.") }],
  });
  assert.equal(closed.said, "Arriero: So.");
  const busy = take(closed, { type: "state", state: { ...nothing.state, busy: true } });
  assert.equal(busy.said, "Arriero is working.");
  const queue = [{ id: "q", text: "t", chips: [] }];
  const queued = take(busy, { type: "state", state: { ...nothing.state, busy: true, queue } });
  assert.match(queued.said, /^Queued/);
});

test("rows have their places, known heights before guessed ones", () => {
  const heights = new Heights();
  const items = Array.from({ length: 1000 }, (_, n) => answer(String(n), "x"));
  heights.show(items, true);
  const each = heights.height(0);
  assert.equal(heights.total, 1000 * each);
  assert.equal(heights.measured(10, each + 100), 100);
  assert.equal(heights.top(10), 10 * each);
  assert.equal(heights.top(11), 11 * each + 100);
  assert.equal(heights.total, 1000 * each + 100);
  const [first, end] = heights.between(heights.top(500) + 1, heights.top(503));
  assert.deepEqual([first, end], [500, 503]);
  heights.show([...items, answer("new", "x")], false);
  assert.equal(heights.total, 1001 * each + 100);
  heights.show(items, true);
  assert.equal(heights.total, 1000 * each);
  heights.show([], true);
  assert.deepEqual([heights.total, heights.between(0, 100)], [0, [0, 0]]);
});

const markdown: [string, RegExp, RegExp][] = [
  ["<b>x</b><script>y</script>", /&lt;b&gt;x/, /<b>|<script/],
  ["![a *cat*](http://x.y/z.png)", /\[image: a \*cat\*\]/, /<img|src=/],
  ["[x](javascript:alert(1))", /\[x\]\(javascript/, /data-href/],
  ["[x](command:a.b)", /\[x\]/, /data-href/],
  [
    "[x](https://a.b/?q=%22)",
    /data-href="https:\/\/a.b\/\?q=%22"/,
    /<a |href="https[^"]*"[^>]*href/,
  ],
  ['[x](src/a.py:3 "t")', /role="link"[^>]*data-href="src\/a.py:3"/, /<a /],
  ["```python\nprint('<b>')\n```", /hljs-built_in">print<\/span>/, /<b>/],
  ["```nolanguage\n<b>\n```", /<code>&lt;b&gt;\n<\/code>/, /hljs/],
  ['```"><img/src=x>\ny\n```', /class="language">&quot;&gt;&lt;img/, /<img/],
  ["# big\n\n###### small", /<h3>big<\/h3>\s*<h6>small<\/h6>/, /<h1|<h2/],
];

for (const [text, wanted, unwanted] of markdown) {
  test(`Markdown: ${JSON.stringify(text)}`, () => {
    const html = blocksOf(text).join("");
    assert.match(html, wanted);
    assert.doesNotMatch(html, unwanted);
  });
}

test("of an answer that grows only the last blocks become others", () => {
  const whole = "First.\n\n- a\n- b\n\n```js\nlet x = 1;\n```\n\nLast words.";
  let before: string[] = [];
  for (let end = 1; end <= whole.length; end += 1) {
    const blocks = blocksOf(whole.slice(0, end));
    const same = blocks.findIndex((block, at) => block !== before[at]);
    assert.ok(same === -1 || same >= before.length - 1, `after ${end} characters`);
    before = blocks;
  }
  assert.equal(before.length, 4);
});

test("a text beyond all measure is shown as it is", () => {
  const [block, ...more] = blocksOf("<b>*x* ".repeat(80_000));
  assert.equal(more.length, 0);
  assert.match(block ?? "", /^<pre tabindex="0">&lt;b&gt;\*x\*/);
});

for (const [text, query] of [
  ["@", ""],
  ["look at @src/a", "src/a"],
  ["mail me@home", undefined],
  ["@done and more", undefined],
] as const) {
  test(`a mention that is typed: ${text}`, () => {
    const found = mentionAt(text, text.length);
    assert.equal(found?.query, query);
    if (found !== undefined) {
      assert.equal(withoutMention(`${text} x`, found), `${text.slice(0, found.start)}x`);
    }
  });
}

for (const [key, more, offers, edits, deed] of [
  ["Enter", {}, false, false, "send"],
  ["Enter", { shiftKey: true }, false, false, undefined],
  ["Enter", { isComposing: true }, false, false, undefined],
  ["Enter", {}, true, false, "pick"],
  ["Tab", {}, true, false, "pick"],
  ["Tab", {}, false, false, undefined],
  ["Escape", {}, true, true, "close"],
  ["Escape", {}, false, true, "cancel"],
  ["Escape", {}, false, false, undefined],
] as const) {
  test(`key ${key} ${JSON.stringify({ ...more, offers, edits })}`, () => {
    const event = { key, shiftKey: false, isComposing: false, ...more };
    assert.equal(deedOf(event, { offers, edits }), deed);
  });
}

test("what is dropped: VS Code's list before the browser's, files only", () => {
  const data = (kinds: Record<string, string>) => ({
    getData: (kind: string) => kinds[kind] ?? "",
  });
  assert.deepEqual(
    dropped(data({ "text/uri-list": "# list\r\nfile:///a\r\nhttps://x.y\r\nvscode-remote://h/b" })),
    ["file:///a", "vscode-remote://h/b"],
  );
  assert.deepEqual(
    dropped(data({ "application/vnd.code.uri-list": "file:///a", "text/uri-list": "file:///b" })),
    ["file:///a"],
  );
  assert.deepEqual(dropped(null), []);
});

test("the page allows its own script and style only, with a nonce of its own each time", () => {
  const parts = { source: "vscode-source:", script: "vscode-source:/chat.js", style: "s.css" };
  const html = page(parts);
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  const [, nonce] = /'nonce-([^']{20,})'/.exec(policy) ?? [];
  assert.ok(html.includes(`<script nonce="${nonce}" src="vscode-source:/chat.js">`));
  assert.match(policy, /^default-src 'none'; /);
  assert.doesNotMatch(policy, /unsafe|https?:|\*|img-src|connect-src/);
  assert.notEqual(page(parts), html);
});
