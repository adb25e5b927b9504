import assert from "node:assert/strict";
import { test } from "node:test";
import { places } from "../src/lens/symbols";
import { type ChatTurn, chatTurns, type Told, tokensOf } from "../src/lm/messages";
import type { ChatPiece } from "../src/protocol/api";
import { missing, nameProblem, suggestions } from "../src/setup/models";
import { FakeServer } from "./fakeServer";

const call = { id: "1", name: "weather", arguments: { city: "Jaca" } };

const rows: { name: string; told: Told[]; turns: ChatTurn[] }[] = [
  {
    name: "words",
    told: [
      { role: "system", parts: [{ kind: "text", text: "Be brief." }] },
      {
        role: "user",
        parts: [
          { kind: "text", text: "One, " },
          { kind: "text", text: "two" },
        ],
      },
    ],
    turns: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "One, two" },
    ],
  },
  {
    name: "a call and its result, with what the user says beside it",
    told: [
      { role: "assistant", parts: [{ kind: "call", call }] },
      {
        role: "user",
        parts: [
          { kind: "text", text: "Go on" },
          { kind: "result", id: "1", text: "sunny" },
        ],
      },
    ],
    turns: [
      { role: "assistant", content: "", toolCalls: [call] },
      { role: "tool", content: "sunny", toolCallId: "1", toolName: "weather" },
      { role: "user", content: "Go on" },
    ],
  },
  {
    name: "a result of a call that is not there",
    told: [{ role: "user", parts: [{ kind: "result", id: "9", text: "x" }] }],
    turns: [{ role: "tool", content: "x", toolCallId: "9" }],
  },
  {
    name: "a message of which nothing is understood",
    told: [{ role: "user", parts: [] }],
    turns: [{ role: "user", content: "" }],
  },
];

for (const row of rows) {
  test(`conversation: ${row.name}`, () => assert.deepEqual(chatTurns(row.told), row.turns));
}

test("tokens are estimated by bytes", () => {
  assert.equal(tokensOf(""), 0);
  assert.equal(tokensOf("a".repeat(35)), 10);
  assert.ok(tokensOf("日本語") > tokensOf("abc"));
});

test("an answer comes in pieces, and the pieces of another one do not", async () => {
  const fake = new FakeServer();
  const pieces: ChatPiece[] = [];
  fake.server.onRequest("arriero/chat", async (params) => {
    const say = (token: string, value: unknown) =>
      fake.server.sendNotification("$/progress", { token, value });
    await say("another", { text: "not mine" });
    await say(params.partialResultToken, { text: "Hel" });
    await say(params.partialResultToken, { text: "lo" });
    await say(params.partialResultToken, { text: "", call });
    return { stopReason: "stop", promptTokens: 1, answerTokens: 1 };
  });
  const messages: ChatTurn[] = [{ role: "user", content: "Hi" }];
  const never = {
    isCancellationRequested: false,
    onCancellationRequested: () => ({ dispose() {} }),
  };
  await fake.api.chat({ model: "m", messages, tools: [] }, never, (piece) => pieces.push(piece));
  assert.deepEqual(pieces, [{ text: "Hel" }, { text: "lo" }, { text: "", call }]);
  fake.close();
});

test("lenses stand above classes, their methods, and functions, not above what is inside", () => {
  const [klass, method, variable, func] = [4, 5, 12, 11];
  const symbols = [
    {
      kind: klass,
      range: "A",
      children: [
        { kind: method, range: "A.m", children: [{ kind: func, range: "inner" }] },
        { kind: variable, range: "A.x" },
      ],
    },
    { kind: func, range: "f" },
    { kind: variable, range: "v", children: [{ kind: func, range: "v.f" }] },
  ];
  assert.deepEqual(places(symbols), ["A", "A.m", "f", "v.f"]);
});

test("models that are there are not suggested", () => {
  const model = (name: string) => ({ name, provider: "ollama", size: 0, parameterSize: "" });
  const left = missing([model("qwen3:8b"), model("llama:latest")]).map(({ name }) => name);
  assert.ok(!left.includes("qwen3:8b"));
  assert.equal(left.length, suggestions.length - 1);
});

const names: [string, boolean][] = [
  ["qwen3:8b", true],
  [" hf.co/owner/model-GGUF:Q4_K_M ", true],
  ["", false],
  ["two words", false],
  ["x; rm -rf /", false],
];

for (const [name, good] of names) {
  test(`the name ${JSON.stringify(name)} is ${good ? "" : "not "}taken`, () => {
    assert.equal(nameProblem(name) === undefined, good);
  });
}

test("all suggestions have good names", () => {
  assert.deepEqual(
    suggestions.filter(({ name }) => nameProblem(name) !== undefined),
    [],
  );
});
