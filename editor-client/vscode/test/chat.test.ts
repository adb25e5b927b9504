import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { MessageConnection } from "vscode-languageserver-protocol/node";
import { Acp, type PermissionParams, type Update, type UpdateParams } from "../src/chat/acp";
import { Chat } from "../src/chat/chat";
import type { ChatState, ToView } from "../src/chat/messages";
import type { Surroundings } from "../src/chat/surroundings";
import type { Waiting } from "../src/chat/waiting";
import type { FileProposal, Hunk } from "../src/protocol/messages";
import { FakeSessions } from "./fakeSessions";

let sessions: FakeSessions;
let chat: Chat;
let posted: ToView[];
let remembered: string | undefined;
let asked: string[];
let waiting: Readonly<Record<string, Waiting>>;

beforeEach(() => {
  sessions = new FakeSessions();
  posted = [];
  asked = [];
  remembered = undefined;
  waiting = {};
  chat = new Chat(around());
  hear(sessions.fake.client);
});
afterEach(() => sessions.fake.close());

function around(): Surroundings {
  return {
    acp: async () => new Acp(sessions.fake.client),
    folder: () => "/w",
    post: (message) => posted.push(message),
    remembered: () => remembered,
    remember: (sessionId) => {
      remembered = sessionId;
    },
    waiting: () => waiting,
    keepWaiting: (all) => {
      waiting = structuredClone(all); // as VS Code keeps it
    },
    proposal: async () => undefined,
    nameOf: (uri) => uri,
    draft: () => undefined,
    runs: () => [],
    attention: (_session, title) => asked.push(title),
    failed: () => {},
  };
}

function hear(client: MessageConnection): void {
  client.onNotification("session/update", (params: UpdateParams) => chat.update(params));
  client.onRequest("session/request_permission", (params: PermissionParams) => chat.ask(params));
}

function state(): ChatState {
  const last = posted.findLast((message) => message.type === "state");
  assert.ok(last?.type === "state");
  return last.state;
}

async function until(probe: () => unknown): Promise<void> {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (probe()) {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`waited in vain for ${probe}`);
}

const items = () => chat.current?.transcript.items ?? [];
const kinds = () => items().map((item) => item.kind);
const ended = (stopReason: string, runId: string) => ({
  stopReason,
  _meta: { arriero: { runId } },
});

async function opened(): Promise<void> {
  chat.connected("running");
  await chat.greet();
}

test("a session begins when the page is there, and is the one that is remembered", async () => {
  chat.connected("running");
  assert.equal(remembered, undefined);
  await chat.greet();
  assert.equal(remembered, "ses_1");
  assert.deepEqual(
    [state().mode, state().model, state().models],
    ["agent", "small", ["small", "large"]],
  );
});

test("a remembered session comes back with its history; one that is gone does not hinder", async () => {
  sessions.history = [
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
  remembered = "ses_old";
  await opened();
  assert.deepEqual(kinds(), ["user", "answer"]);
  const fill = posted.find((message) => message.type === "fill");
  assert.equal(fill?.type === "fill" && fill.items.length, 2);
  chat.connected("stopped");
});

test("a remembered session that is gone is followed by a new one", async () => {
  remembered = "ses_gone";
  await opened();
  assert.equal(remembered, "ses_1");
});

test("what is sent while a run goes on waits for its end, unless it was taken out", async () => {
  await opened();
  const first = chat.send("one", []);
  await until(() => sessions.prompts.length === 1);
  await chat.send("two", []);
  await chat.send("three", []);
  const [two] = state().queue;
  assert.deepEqual(
    state().queue.map(({ text }) => text),
    ["two", "three"],
  );
  chat.current?.unqueue(two?.id ?? "");
  sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await until(() => sessions.prompts.length === 2);
  assert.equal(sessions.prompts[1]?.text, "three");
  sessions.prompts[1]?.end(ended("end_turn", "run_2"));
  await first;
  assert.deepEqual([state().busy, state().queue], [false, []]);
});

test("a run that is stopped keeps the queue until the user says so", async () => {
  await opened();
  const run = chat.send("one", []);
  await until(() => sessions.prompts.length === 1);
  await chat.send("two", []);
  const answer = chat.ask({
    sessionId: "ses_1",
    toolCall: { toolCallId: "c1", title: "Run make?" },
    options: [],
  });
  assert.deepEqual(asked, ["Run make?"]);
  await chat.current?.stop();
  assert.deepEqual(await answer, { outcome: { outcome: "cancelled" } });
  await until(() => sessions.cancelled.length === 1);
  sessions.prompts[0]?.end(ended("cancelled", "run_1"));
  await run;
  assert.deepEqual([state().busy, state().paused, state().queue.length], [false, true, 1]);
  assert.equal(sessions.prompts.length, 1);
  const next = chat.current?.goOn();
  await until(() => sessions.prompts.length === 2);
  sessions.prompts[1]?.end(ended("end_turn", "run_2"));
  await next;
  assert.equal(state().paused, false);
});

test("a permission is answered by the user", async () => {
  await opened();
  const params: PermissionParams = {
    sessionId: "ses_1",
    toolCall: { toolCallId: "c1", title: "Run make?" },
    options: [{ optionId: "allow_once", name: "Allow once", kind: "allow_once" }],
  };
  const answer = sessions.fake.server.sendRequest("session/request_permission", params);
  await until(() => kinds().includes("permission"));
  chat.current?.answer(items().at(-1)?.id ?? "", "allow_once");
  assert.deepEqual(await answer, { outcome: { outcome: "selected", optionId: "allow_once" } });
});

test("other words for a message copy the session up to it", async () => {
  await opened();
  const run = chat.send("one", []);
  await until(() => sessions.prompts.length === 1);
  sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await run;
  const again = chat.again(items()[0]?.id ?? "", "one, please", []);
  await until(() => sessions.prompts.length === 2);
  assert.deepEqual(sessions.forks, [{ fork: "ses_1", before: "run_1" }]);
  assert.equal(sessions.prompts[1]?.sessionId, "ses_copy");
  assert.equal(sessions.prompts[1]?.text, "one, please");
  sessions.prompts[1]?.end(ended("end_turn", "run_2"));
  await again;
  assert.equal(remembered, "ses_copy");
});

test("a run goes on beside a session that is shown meanwhile", async () => {
  await opened();
  const run = chat.send("one", []);
  await until(() => sessions.prompts.length === 1);
  await chat.begin();
  assert.equal(chat.current?.id, "ses_2");
  assert.equal(state().busy, false);
  await sessions.tell("ses_1", {
    sessionUpdate: "agent_message_chunk",
    content: { type: "text", text: "So." },
    messageId: "run_1-1",
  });
  await chat.show("ses_1");
  await until(() => kinds().includes("answer"));
  assert.equal(state().busy, true);
  sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await run;
  assert.deepEqual(kinds(), ["user", "answer"]);
});

test("a server that dies takes nothing of what was typed with it", async () => {
  await opened();
  void chat.send("never heard", []);
  await until(() => sessions.prompts.length === 1);
  await chat.send("queued", []);
  chat.connected("starting");
  assert.deepEqual([state().connection, state().busy, state().paused], ["starting", false, true]);
  chat.connected("running");
  await until(() => state().connection === "running" && state().queue.length === 2);
  assert.deepEqual(
    state().queue.map(({ text }) => text),
    ["never heard", "queued"],
  );
  assert.equal(chat.current?.id, "ses_1");
});

test("what is queued in a session that is not shown outlives the server, and the window", async () => {
  await opened();
  void chat.send("one", []);
  await until(() => sessions.prompts.length === 1);
  await chat.send("two", []);
  await chat.begin();
  assert.equal(chat.current?.id, "ses_2");
  sessions.list = [{ sessionId: "ses_1", title: "one", updatedAt: 0, runs: [] }];
  chat.connected("starting");
  chat.connected("running");
  await until(() => items().some((item) => item.kind === "notice" && /“one”/.test(item.text)));
  const list = () => posted.findLast((message) => message.type === "sessions");
  await until(() => list()?.sessions.some(({ queued }) => queued === 1));

  sessions.history = [
    { sessionUpdate: "user_message_chunk", content: { type: "text", text: "one" }, messageId: "r" },
  ];
  chat = new Chat(around()); // the window was reloaded, too
  chat.connected("running");
  await chat.greet();
  await chat.show("ses_1");
  const queued = () => state().queue.map(({ text }) => text);
  assert.deepEqual([queued(), state().paused], [["two"], true], "the stored one is not sent again");
  const prompts = sessions.prompts.length;
  const sent = chat.current?.goOn();
  await until(() => sessions.prompts.length > prompts);
  assert.equal(sessions.prompts.at(-1)?.text, "two");
  sessions.prompts.at(-1)?.end(ended("end_turn", "run_2"));
  await sent;
  assert.deepEqual([queued(), waiting], [[], {}]);
});

test("what is queued after a reload waits for the user, also when the run of before ends", async () => {
  waiting = { ses_1: { title: "", queue: [{ id: "x", text: "two", chips: [] }], asked: 0 } };
  remembered = "ses_1";
  await opened();
  const run = { runId: "run_5", sessionId: "ses_1", label: "l", step: 1 };
  chat.running([{ ...run, state: "running" }]);
  chat.running([]);
  assert.deepEqual([sessions.prompts.length, state().paused, state().busy], [0, true, false]);
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
  sessions.history = runs.flatMap(edited);
  remembered = "ses_old";
  const fetched: string[] = [];
  const hunk: Hunk = { id: "1", state: "accepted", line: 0, oldLines: [], newLines: ["a\n"] };
  chat = new Chat({
    ...around(),
    proposal: async (runId) => {
      fetched.push(runId);
      const files: FileProposal[] = [
        { uri: "file:///w/a", kind: "edit", oldText: "", newText: "", hunks: [hunk] },
      ];
      return runId === "run_1" ? undefined : { runId, sessionId: "ses_old", label: "", files };
    },
  });
  await opened();
  const cards = () => items().flatMap((item) => (item.kind === "proposal" ? [item] : []));
  assert.deepEqual([cards().length, fetched.length], [30, 0]);
  assert.deepEqual(kinds().slice(0, 6), ["user", "tool", "proposal", "user", "tool", "proposal"]);
  await chat.seen("run_0");
  await chat.seen("run_1");
  assert.deepEqual(fetched, ["run_0", "run_1"]);
  const [first, none, third] = cards();
  assert.deepEqual([first?.known, first?.accepted, first?.files.length], [true, 1, 1]);
  assert.deepEqual([none?.known, none?.files, third?.known], [true, [], false]);
});

test("what is sent while the history comes anew is sent after it, and nothing is doubled", async () => {
  await opened();
  const run = chat.send("one", []);
  await until(() => sessions.prompts.length === 1);
  sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await run;
  sessions.history = [
    { sessionUpdate: "user_message_chunk", content: { type: "text", text: "one" }, messageId: "r" },
  ];
  chat.connected("starting");
  await chat.send("too early", []);
  assert.deepEqual(posted.at(-1), { type: "draft", text: "too early", chips: [] });
  chat.connected("running");
  void chat.send("two", []);
  await until(() => sessions.prompts.length === 2);
  const words = items().map((item) => item.kind === "user" && item.text);
  assert.deepEqual(words, ["one", "two"]);
});

test("a run of before a reload goes on: it can be stopped, and what is sent waits for it", async () => {
  const stopped: unknown[] = [];
  sessions.fake.onCommand({ "arriero.cancel": (argument) => stopped.push(argument) });
  await opened();
  const run = {
    runId: "run_5",
    sessionId: "ses_1",
    label: "l",
    state: "running",
    step: 1,
  } as const;
  chat.running([run, { ...run, sessionId: "ses_other", runId: "run_6" }]);
  assert.equal(state().busy, true);
  await chat.send("next", []);
  assert.deepEqual([sessions.prompts.length, state().queue.length], [0, 1]);
  await chat.current?.stop();
  assert.deepEqual(stopped, [{ runId: "run_5" }]);
  chat.running([{ ...run, state: "review" }]);
  await until(() => sessions.prompts.length === 1);
  assert.equal(sessions.prompts[0]?.text, "next");
  sessions.prompts[0]?.end(ended("end_turn", "run_7"));
  await until(() => !state().busy);
  chat.running([{ ...run, runId: "run_7" }]); // told before the server had noted its end
  assert.equal(state().busy, false);
});

test("without a folder it is said what to do", async () => {
  const none = new Chat({ ...around(), folder: () => undefined });
  none.connected("running");
  await none.greet();
  assert.match(state().problem, /Open a folder/);
  await none.send("hello", []);
  assert.deepEqual(posted.at(-1), { type: "draft", text: "hello", chips: [] });
});
