import assert from "node:assert/strict";
import { test } from "node:test";
import type { Update } from "../src/chat/acp";
import { Batch } from "../src/chat/batch";
import type { Change, Item } from "../src/chat/items";
import { proposalItem } from "../src/chat/proposalCard";
import { referenceOf } from "../src/chat/references";
import { sessionLines } from "../src/chat/sessions";
import { lineCounts } from "../src/chat/toolCalls";
import { Transcript } from "../src/chat/transcript";

const text = (words: string) => ({ type: "text", text: words });

function user(words: string, run: string): Update {
  return { sessionUpdate: "user_message_chunk", content: text(words), messageId: run };
}

function says(words: string, step: string): Update {
  return { sessionUpdate: "agent_message_chunk", content: text(words), messageId: step };
}

function thinks(words: string, step: string): Update {
  const messageId = `${step}-thought`;
  return { sessionUpdate: "agent_thought_chunk", content: text(words), messageId };
}

function calls(id: string, run: string): Update {
  return {
    sessionUpdate: "tool_call",
    toolCallId: id,
    title: "Edit a.py",
    status: "in_progress",
    rawInput: { path: "a.py", deep: { one: 1 }, long: "x".repeat(5000) },
    locations: [{ path: "/w/a.py", line: 3 }],
    _meta: { arriero: { name: "edit_file", runId: run } },
  };
}

function results(id: string, status: string): Update {
  return {
    sessionUpdate: "tool_call_update",
    toolCallId: id,
    status: status === "ok" ? "completed" : "failed",
    content: [
      { type: "diff", path: "/w/a.py", oldText: "one\ntwo\n", newText: "one\nTWO\nthree\n" },
      { type: "content", content: text("r".repeat(5000)) },
    ],
    _meta: { arriero: { status, durationMs: 1500 } },
  };
}

function told(level: "info" | "warning", words: string, step?: number): Update {
  const retried = step === undefined ? {} : { retried: { step, reason: words } };
  return {
    sessionUpdate: "agent_message_chunk",
    content: text(`\n> ${words}\n\n`),
    _meta: { arriero: { notice: level, ...retried } },
  };
}

/** The list that a page has that was sent every change. */
function mirrored(changes: readonly Change[]): Item[] {
  const items: Item[] = [];
  for (const change of changes) {
    const before = items[change.at];
    if (change.op === "put") {
      items[change.at] = change.item;
    } else if (before !== undefined && "text" in before) {
      items[change.at] = { ...before, text: before.text + change.text };
    }
  }
  return items;
}

const story: Update[] = [
  user('Mend it\n\n@file "a.py":3-9 @problems', "run_1"),
  thinks("Let me ", "run_1-1"),
  thinks("see.", "run_1-1"),
  says("I will ", "run_1-1"),
  says("look.", "run_1-1"),
  calls("c1", "run_1"),
  results("c1", "ok"),
  says("Half", "run_1-2"),
  told("info", "Asking again: it was cut off", 2),
  says("Whole.", "run_1-2"),
  calls("c2", "run_1"),
  { sessionUpdate: "usage_update", used: 5, size: 10 },
];

test("a conversation is folded, and a page that gets the changes has the same", () => {
  const transcript = new Transcript(() => 0, true);
  const changes = story.flatMap((update) => transcript.update(update));
  changes.push(...transcript.ended());
  assert.deepEqual(mirrored(changes), transcript.items);
  assert.deepEqual(
    transcript.items.map((item) => [item.kind, item.runId]),
    [
      ["user", "run_1"],
      ["thought", "run_1"],
      ["answer", "run_1"],
      ["tool", "run_1"],
      ["answer", "run_1"],
      ["notice", "run_1"],
      ["answer", "run_1"],
      ["tool", "run_1"],
    ],
  );
  const [asked, thought, answer, tool, half, notice, whole, cut] = transcript.items;
  assert.equal(asked?.kind === "user" && asked.text, "Mend it");
  assert.deepEqual(asked?.kind === "user" && asked.chips.map(referenceOf), [
    '@file "a.py":3-9',
    "@problems",
  ]);
  assert.equal(thought?.kind === "thought" && thought.text, "Let me see.");
  assert.equal(answer?.kind === "answer" && answer.text, "I will look.");
  assert.ok(tool?.kind === "tool");
  assert.deepEqual([tool.state, tool.ms, tool.cut, tool.name], ["done", 1500, true, "edit_file"]);
  assert.deepEqual(tool.files, [{ path: "/w/a.py", line: 0, added: 2, removed: 1 }]);
  assert.deepEqual(
    tool.arguments.map(([name, value]) => [name, value.length]),
    [
      ["path", 4],
      ["deep", 9],
      ["long", 1201],
    ],
  );
  assert.ok(half?.kind === "answer" && half.dropped);
  assert.equal(notice?.kind === "notice" && notice.text, "Asking again: it was cut off");
  assert.ok(whole?.kind === "answer" && !whole.dropped && !whole.open);
  assert.equal(cut?.kind === "tool" && cut.state, "cancelled");
});

test("the user's own message learns its run from the answer", () => {
  const transcript = new Transcript(() => 0, true);
  transcript.asked("Why?", []);
  transcript.update(says("So.", "run_7-1"));
  transcript.ended();
  assert.equal(transcript.lastAsked()?.runId, "run_7");
  transcript.asked("And?", []);
  transcript.ended("run_8");
  assert.equal(transcript.lastAsked()?.runId, "run_8");
  transcript.asked("Never begun", []);
  transcript.ended();
  assert.equal(transcript.lastAsked()?.runId, "");
});

test("thinking is timed while it happens, and not in a history", () => {
  for (const [live, expected] of [
    [true, 2500],
    [false, 0],
  ] as const) {
    let now = 1000;
    const transcript = new Transcript(() => now, live);
    transcript.update(thinks("Hm", "run_1-1"));
    now += 2500;
    transcript.update(says("So.", "run_1-1"));
    const [thought] = transcript.items;
    assert.equal(thought?.kind === "thought" && thought.ms, expected);
  }
});

test("an item is put after its run, and what was said before goes on where it was", () => {
  const transcript = new Transcript();
  for (const [run, words] of [
    ["run_1", "One"],
    ["run_2", "Two"],
  ] as const) {
    transcript.update(user("?", run));
    transcript.update(says(words, `${run}-1`));
  }
  const proposal = proposalItem(
    { runId: "run_1", sessionId: "s", label: "l", files: [] },
    (uri) => uri,
  );
  transcript.insert(proposal);
  transcript.update(says(" more.", "run_2-1"));
  const shown = transcript.items.map((item) => ("text" in item ? item.text : item.kind));
  assert.deepEqual(shown, ["?", "One", "proposal", "?", "Two more."]);
  assert.equal(transcript.find(proposal.id), proposal);
});

test("a question that nobody answers is closed by the end of its run", () => {
  const transcript = new Transcript();
  const toolCall = { toolCallId: "c1", title: "Run make?", content: [] };
  const options = [{ optionId: "allow_once", name: "Allow once", kind: "allow_once" }];
  const first = transcript.permission({ sessionId: "s", toolCall, options });
  const second = transcript.permission({ sessionId: "s", toolCall, options });
  transcript.answered(first.id, "allow_once");
  transcript.ended();
  const answers = transcript.items.map((item) => item.kind === "permission" && item.answer);
  assert.deepEqual(answers, ["allow_once", "cancelled"]);
  assert.notEqual(first.id, second.id);
});

for (const [before, after, added, removed] of [
  ["", "a\nb\n", 2, 0],
  ["a\nb\n", "", 0, 2],
  ["a\nb\nc\n", "a\nB\nc\nd\n", 2, 1],
  ["a\na\n", "a\n", 0, 1],
  ["a\nb\n", "b\na\n", 0, 0],
] as const) {
  test(`lines that come and go: ${JSON.stringify([before, after])}`, () => {
    assert.deepEqual(lineCounts(before, after), { added, removed });
  });
}

test("a batch sends the last state of each item, in order", async () => {
  const sent: Change[][] = [];
  const batch = new Batch((changes) => sent.push(changes), 1);
  const transcript = new Transcript(() => 0);
  const all = story.flatMap((update) => transcript.update(update));
  for (const change of all) {
    batch.add([change]);
  }
  batch.flush();
  assert.equal(sent.length, 1);
  assert.deepEqual(mirrored(sent[0] ?? []), transcript.items);
  assert.equal(sent[0]?.length, transcript.items.length);
  batch.add(all.slice(0, 1));
  batch.drop();
  batch.flush();
  assert.equal(sent.length, 1);
});

test("a proposal's card counts hunks and lines", () => {
  const hunk = (id: string, state: "open" | "accepted" | "stale", oldLines: number) => ({
    ...{ id, state, line: 0 },
    oldLines: new Array<string>(oldLines).fill("x\n"),
    newLines: ["y\n", "z\n"],
  });
  const item = proposalItem(
    {
      ...{ runId: "run_1", sessionId: "s", label: "l" },
      files: [
        {
          ...{ uri: "file:///w/a.py", kind: "rename", newUri: "file:///w/b.py" },
          ...{ oldText: "", newText: "" },
          hunks: [hunk("1", "open", 1), hunk("2", "accepted", 3), hunk("3", "stale", 0)],
        },
      ],
    },
    (uri) => uri.slice("file:///w/".length),
  );
  assert.deepEqual(item.files, [
    { uri: "file:///w/a.py", name: "a.py → b.py", change: "rename", added: 6, removed: 4, open: 1 },
  ]);
  assert.deepEqual([item.open, item.accepted, item.rejected, item.stale], [1, 1, 0, 1]);
});

test("sessions without a message are not listed, but for the one that is shown or has a queue", () => {
  const run = { runId: "r", label: "l", stopReason: null };
  const session = (sessionId: string, runs: (typeof run)[], title = "") => ({
    ...{ sessionId, title, updatedAt: 1000, runs },
  });
  const lines = sessionLines(
    [session("a", []), session("b", []), session("c", [run, run], "Mend"), session("d", [])],
    "b",
    1120,
    (sessionId) => (sessionId === "d" ? 2 : 0),
  );
  assert.deepEqual(lines, [
    { sessionId: "b", title: "New chat", when: "2 min ago", runs: 0, queued: 0, current: true },
    { sessionId: "c", title: "Mend", when: "2 min ago", runs: 2, queued: 0, current: false },
    { sessionId: "d", title: "New chat", when: "2 min ago", runs: 0, queued: 2, current: false },
  ]);
});
