// The chat after its server died, or its window was reloaded: what was there is there again.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Update } from "../src/chat/acp";
import { Chat } from "../src/chat/chat";
import type { FileProposal, Hunk } from "../src/protocol/messages";
import { ended, PlayedChat, until } from "./playedChat";

let play: PlayedChat;
beforeEach(() => {
  play = new PlayedChat();
});
afterEach(() => play.close());

test("a remembered session comes back with its history; one that is gone does not hinder", async () => {
  play.sessions.history = [
    {
      sessionUpdate: "user_message_chunk",
      content: { type: "text", text: "Why?" },
      messageId: "run_1",
    },
    {
      sessionUpdate: "agent_message_chunk",
      content: { type: "text", text: "So." },
      messageId: "run_1-1",
    },
  ];
  play.remembered = "ses_old";
  await play.opened();
  assert.deepEqual(play.kinds(), ["user", "answer"]);
  const fill = play.posted.find((message) => message.type === "fill");
  assert.equal(fill?.type === "fill" && fill.items.length, 2);
  play.chat.connected("stopped");
});

test("a remembered session that is gone is followed by a new one", async () => {
  play.remembered = "ses_gone";
  await play.opened();
  assert.equal(play.remembered, "ses_1");
});

test("a server that dies takes nothing of what was typed with it", async () => {
  await play.opened();
  void play.chat.send("never heard", []);
  await until(() => play.sessions.prompts.length === 1);
  await play.chat.send("queued", []);
  play.chat.connected("starting");
  assert.deepEqual(
    [play.state().connection, play.state().busy, play.state().paused],
    ["starting", false, true],
  );
  play.chat.connected("running");
  await until(() => play.state().connection === "running" && play.state().queue.length === 2);
  assert.deepEqual(
    play.state().queue.map(({ text }) => text),
    ["never heard", "queued"],
  );
  assert.equal(play.chat.current?.id, "ses_1");
});

test("what is queued in a session that is not shown outlives the server, and the window", async () => {
  await play.opened();
  void play.chat.send("one", []);
  await until(() => play.sessions.prompts.length === 1);
  await play.chat.send("two", []);
  await play.chat.begin();
  assert.equal(play.chat.current?.id, "ses_2");
  play.sessions.list = [{ sessionId: "ses_1", title: "one", updatedAt: 0, runs: [] }];
  play.chat.connected("starting");
  play.chat.connected("running");
  await until(() => play.items().some((item) => item.kind === "notice" && /“one”/.test(item.text)));
  const list = () => play.posted.findLast((message) => message.type === "sessions");
  await until(() => list()?.sessions.some(({ queued }) => queued === 1));

  play.sessions.history = [
    { sessionUpdate: "user_message_chunk", content: { type: "text", text: "one" }, messageId: "r" },
  ];
  play.chat = new Chat(play.around()); // the window was reloaded, too
  play.chat.connected("running");
  await play.chat.greet();
  await play.chat.show("ses_1");
  const queued = () => play.state().queue.map(({ text }) => text);
  assert.deepEqual(
    [queued(), play.state().paused],
    [["two"], true],
    "the stored one is not sent again",
  );
  const prompts = play.sessions.prompts.length;
  const sent = play.chat.current?.goOn();
  await until(() => play.sessions.prompts.length > prompts);
  assert.equal(play.sessions.prompts.at(-1)?.text, "two");
  play.sessions.prompts.at(-1)?.end(ended("end_turn", "run_2"));
  await sent;
  assert.deepEqual([queued(), play.waiting], [[], {}]);
});

test("what is queued after a reload waits for the user, also when the run of before ends", async () => {
  play.waiting = { ses_1: { title: "", queue: [{ id: "x", text: "two", chips: [] }], asked: 0 } };
  play.remembered = "ses_1";
  await play.opened();
  const run = { runId: "run_5", sessionId: "ses_1", label: "l", step: 1 };
  play.chat.running([{ ...run, state: "running" }]);
  play.chat.running([]);
  assert.deepEqual(
    [play.sessions.prompts.length, play.state().paused, play.state().busy],
    [0, true, false],
  );
});

test("proposals of before are fetched as their cards are seen, however many there are", async () => {
  const edited = (runId: string): Update[] => [
    {
      sessionUpdate: "user_message_chunk",
      content: { type: "text", text: runId },
      messageId: runId,
    },
    { sessionUpdate: "tool_call", toolCallId: runId, _meta: { arriero: { runId } } },
    {
      sessionUpdate: "tool_call_update",
      toolCallId: runId,
      content: [{ type: "diff", path: "/w/a", oldText: "", newText: "a\n" }],
    },
  ];
  const runs = Array.from({ length: 30 }, (_, n) => `run_${n}`);
  play.sessions.history = runs.flatMap(edited);
  play.remembered = "ses_old";
  const fetched: string[] = [];
  const hunk: Hunk = { id: "1", state: "accepted", line: 0, oldLines: [], newLines: ["a\n"] };
  play.chat = new Chat({
    ...play.around(),
    proposal: async (runId) => {
      fetched.push(runId);
      const files: FileProposal[] = [
        { uri: "file:///w/a", kind: "edit", oldText: "", newText: "", hunks: [hunk] },
      ];
      return runId === "run_1" ? undefined : { runId, sessionId: "ses_old", label: "", files };
    },
  });
  await play.opened();
  const cards = () => play.items().flatMap((item) => (item.kind === "proposal" ? [item] : []));
  assert.deepEqual([cards().length, fetched.length], [30, 0]);
  assert.deepEqual(play.kinds().slice(0, 6), [
    "user",
    "tool",
    "proposal",
    "user",
    "tool",
    "proposal",
  ]);
  await play.chat.seen("run_0");
  await play.chat.seen("run_1");
  assert.deepEqual(fetched, ["run_0", "run_1"]);
  const [first, none, third] = cards();
  assert.deepEqual([first?.known, first?.accepted, first?.files.length], [true, 1, 1]);
  assert.deepEqual([none?.known, none?.files, third?.known], [true, [], false]);
});

test("what is sent while the history comes anew is sent after it, and nothing is doubled", async () => {
  await play.opened();
  const run = play.chat.send("one", []);
  await until(() => play.sessions.prompts.length === 1);
  play.sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await run;
  play.sessions.history = [
    { sessionUpdate: "user_message_chunk", content: { type: "text", text: "one" }, messageId: "r" },
  ];
  play.chat.connected("starting");
  await play.chat.send("too early", []);
  assert.deepEqual(play.posted.at(-1), { type: "draft", text: "too early", chips: [] });
  play.chat.connected("running");
  void play.chat.send("two", []);
  await until(() => play.sessions.prompts.length === 2);
  const words = play.items().map((item) => item.kind === "user" && item.text);
  assert.deepEqual(words, ["one", "two"]);
});

test("a run of before a reload goes on: it can be stopped, and what is sent waits for it", async () => {
  const stopped: unknown[] = [];
  play.sessions.fake.onCommand({ "arriero.cancel": (argument) => stopped.push(argument) });
  await play.opened();
  const run = {
    runId: "run_5",
    sessionId: "ses_1",
    label: "l",
    state: "running",
    step: 1,
  } as const;
  play.chat.running([run, { ...run, sessionId: "ses_other", runId: "run_6" }]);
  assert.equal(play.state().busy, true);
  await play.chat.send("next", []);
  assert.deepEqual([play.sessions.prompts.length, play.state().queue.length], [0, 1]);
  await play.chat.current?.stop();
  assert.deepEqual(stopped, [{ runId: "run_5" }]);
  play.chat.running([{ ...run, state: "review" }]);
  await until(() => play.sessions.prompts.length === 1);
  assert.equal(play.sessions.prompts[0]?.text, "next");
  play.sessions.prompts[0]?.end(ended("end_turn", "run_7"));
  await until(() => !play.state().busy);
  play.chat.running([{ ...run, runId: "run_7" }]); // told before the server had noted its end
  assert.equal(play.state().busy, false);
});
