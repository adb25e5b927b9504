// The chat while its server is there: messages, the queue, permissions, several sessions.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { PermissionParams } from "../src/chat/acp";
import { Chat } from "../src/chat/chat";
import { ended, PlayedChat, until } from "./playedChat";

let play: PlayedChat;
beforeEach(() => {
  play = new PlayedChat();
});
afterEach(() => play.close());

test("a session begins when the page is there, and is the one that is remembered", async () => {
  play.chat.connected("running");
  assert.equal(play.remembered, undefined);
  await play.chat.greet();
  assert.equal(play.remembered, "ses_1");
  assert.deepEqual(
    [play.state().mode, play.state().model, play.state().models],
    ["agent", "small", ["small", "large"]],
  );
});

test("what is sent while a run goes on waits for its end, unless it was taken out", async () => {
  await play.opened();
  const first = play.chat.send("one", []);
  await until(() => play.sessions.prompts.length === 1);
  await play.chat.send("two", []);
  await play.chat.send("three", []);
  const [two] = play.state().queue;
  assert.deepEqual(
    play.state().queue.map(({ text }) => text),
    ["two", "three"],
  );
  play.chat.current?.unqueue(two?.id ?? "");
  play.sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await until(() => play.sessions.prompts.length === 2);
  assert.equal(play.sessions.prompts[1]?.text, "three");
  play.sessions.prompts[1]?.end(ended("end_turn", "run_2"));
  await first;
  assert.deepEqual([play.state().busy, play.state().queue], [false, []]);
});

test("a run that is stopped keeps the queue until the user says so", async () => {
  await play.opened();
  const run = play.chat.send("one", []);
  await until(() => play.sessions.prompts.length === 1);
  await play.chat.send("two", []);
  const answer = play.chat.ask({
    sessionId: "ses_1",
    toolCall: { toolCallId: "c1", title: "Run make?" },
    options: [],
  });
  assert.deepEqual(play.asked, ["Run make?"]);
  await play.chat.current?.stop();
  assert.deepEqual(await answer, { outcome: { outcome: "cancelled" } });
  await until(() => play.sessions.cancelled.length === 1);
  play.sessions.prompts[0]?.end(ended("cancelled", "run_1"));
  await run;
  assert.deepEqual(
    [play.state().busy, play.state().paused, play.state().queue.length],
    [false, true, 1],
  );
  assert.equal(play.sessions.prompts.length, 1);
  const next = play.chat.current?.goOn();
  await until(() => play.sessions.prompts.length === 2);
  play.sessions.prompts[1]?.end(ended("end_turn", "run_2"));
  await next;
  assert.equal(play.state().paused, false);
});

test("a permission is answered by the user", async () => {
  await play.opened();
  const params: PermissionParams = {
    sessionId: "ses_1",
    toolCall: { toolCallId: "c1", title: "Run make?" },
    options: [{ optionId: "allow_once", name: "Allow once", kind: "allow_once" }],
  };
  const answer = play.sessions.fake.server.sendRequest("session/request_permission", params);
  await until(() => play.kinds().includes("permission"));
  play.chat.current?.answer(play.items().at(-1)?.id ?? "", "allow_once");
  assert.deepEqual(await answer, { outcome: { outcome: "selected", optionId: "allow_once" } });
});

test("other words for a message copy the session up to it", async () => {
  await play.opened();
  const run = play.chat.send("one", []);
  await until(() => play.sessions.prompts.length === 1);
  play.sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await run;
  const again = play.chat.again(play.items()[0]?.id ?? "", "one, please", []);
  await until(() => play.sessions.prompts.length === 2);
  assert.deepEqual(play.sessions.forks, [{ fork: "ses_1", before: "run_1" }]);
  assert.equal(play.sessions.prompts[1]?.sessionId, "ses_copy");
  assert.equal(play.sessions.prompts[1]?.text, "one, please");
  play.sessions.prompts[1]?.end(ended("end_turn", "run_2"));
  await again;
  assert.equal(play.remembered, "ses_copy");
});

test("a run goes on beside a session that is shown meanwhile", async () => {
  await play.opened();
  const run = play.chat.send("one", []);
  await until(() => play.sessions.prompts.length === 1);
  await play.chat.begin();
  assert.equal(play.chat.current?.id, "ses_2");
  assert.equal(play.state().busy, false);
  await play.sessions.tell("ses_1", {
    sessionUpdate: "agent_message_chunk",
    content: { type: "text", text: "So." },
    messageId: "run_1-1",
  });
  await play.chat.show("ses_1");
  await until(() => play.kinds().includes("answer"));
  assert.equal(play.state().busy, true);
  play.sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await run;
  assert.deepEqual(play.kinds(), ["user", "answer"]);
});

test("without a folder it is said what to do", async () => {
  const none = new Chat({ ...play.around(), folder: () => undefined });
  none.connected("running");
  await none.greet();
  assert.match(play.state().problem, /Open a folder/);
  await none.send("hello", []);
  assert.deepEqual(play.posted.at(-1), { type: "draft", text: "hello", chips: [] });
});
