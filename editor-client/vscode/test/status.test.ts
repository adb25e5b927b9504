import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerStore } from "../src/answers/store";
import { commitText, firstLine } from "../src/answers/text";
import type { ChangedRun, Status } from "../src/protocol/messages";
import { RestartPolicy } from "../src/server/restarts";
import { explicitSettings, type Layers } from "../src/settings/explicit";
import { menuItems } from "../src/status/menu";
import { modelDetail, statusPage } from "../src/status/report";
import { barText, type ServerState } from "../src/status/text";
import { conflictPage, lastIn, turnChoices } from "../src/status/undo";
import { context, status } from "./samples";

const running = {
  runId: "r",
  sessionId: "s",
  label: "Fix a.py",
  state: "running",
  step: 3,
} as const;

const bars: [string, ServerState, Status | undefined, number, string, string][] = [
  ["starting", "starting", undefined, 0, "$(loading~spin) Arriero", "plain"],
  ["stopped", "stopped", undefined, 0, "$(error) Arriero", "error"],
  ["missing", "missing", undefined, 0, "$(error) Arriero", "error"],
  ["untrusted", "untrusted", undefined, 0, "$(shield) Arriero", "plain"],
  ["no status yet", "running", undefined, 0, "$(hubot) Arriero", "plain"],
  ["ready", "running", status(), 0, "$(hubot) qwen3:8b", "plain"],
  [
    "running",
    "running",
    status({ runs: [running] }),
    0,
    "$(loading~spin) qwen3:8b step 3",
    "plain",
  ],
  ["to review", "running", status(), 2, "$(diff) qwen3:8b · 2 to review", "plain"],
  [
    "offline",
    "running",
    status({ providerState: "unavailable", message: "Start Ollama." }),
    1,
    "$(debug-disconnect) Arriero offline",
    "warning",
  ],
  ["no wish", "running", status({ model: null }), 0, "$(hubot) auto", "plain"],
];

for (const [name, state, told, reviews, text, tone] of bars) {
  test(`status bar: ${name}`, () => {
    const shown = barText(state, told, reviews);
    assert.equal(shown.text, text);
    assert.equal(shown.tone, tone);
  });
}

test("the bar says how full the window is, and its tooltip what is left out", () => {
  const leftOut = ["3 earlier messages"];
  const told = status({ context: context({ leftOut }) });
  const shown = barText("running", told, 0);
  assert.equal(shown.text, "$(hubot) qwen3:8b · 37 %*");
  assert.ok(shown.tooltip.includes("qwen3:8b · 6.1k of 16k tokens"));
  assert.ok(shown.tooltip.includes("* 1 thing left out of the model's window"));
  assert.equal(shown.details, told.context?.markdown);
  const running3 = barText("running", { ...told, runs: [running] }, 0);
  assert.equal(running3.text, "$(loading~spin) qwen3:8b step 3 · 37 %*");
});

test("a window that is not known has no share", () => {
  const shown = barText("running", status({ context: context({ window: 0 }) }), 0);
  assert.equal(shown.text, "$(hubot) qwen3:8b");
  const none = barText("running", status({ context: null, residence: null }), 0);
  assert.deepEqual([none.text, none.details], ["$(hubot) qwen3:8b", ""]);
});

test("a model that runs on the CPU in part is told", () => {
  const residence = { model: "qwen3:8b", state: "loaded", window: 8192, cpuShare: 0.25 } as const;
  const told = status({ model: null, residence });
  const shown = barText("running", told, 0);
  assert.equal(shown.text, "$(hubot) qwen3:8b");
  assert.ok(shown.tooltip.includes("25 % of qwen3:8b runs on the CPU"));
  const page = statusPage(told, "0.1.0");
  assert.match(page, /\| In memory \| qwen3:8b with a window of 8,192 tokens; 25 % of/);
});

test("the status page ends with what the window holds", () => {
  const told = status({ context: context(), boundary: "Nothing outside can be written." });
  const page = statusPage(told, "0.1.0");
  assert.match(page, /\| Commands run in \| Nothing outside can be written\. \|/);
  assert.ok(page.endsWith(context().markdown));
});

test("the tooltip says what to do when the provider is away", () => {
  const told = status({ providerState: "unavailable", message: "Start Ollama." });
  assert.ok(barText("running", told, 0).tooltip.includes("Start Ollama."));
});

test("the menu offers what can be done now first", () => {
  const waiting = [{ runId: "w", label: "Rename", openHunks: 2 }];
  const items = menuItems("running", status({ runs: [running] }), waiting);
  assert.deepEqual(
    items.slice(0, 4).map(({ label, command, args }) => [label, command, args]),
    [
      ["$(debug-stop) Cancel Fix a.py", "arriero.ui.cancel", ["r"]],
      ["$(stop-circle) Stop everything", "arriero.ui.stopAll", undefined],
      ["$(diff) Review Rename", "arriero.ui.reviewProposal", ["w"]],
      ["", undefined, undefined],
    ],
  );
  const stopped = menuItems("stopped", undefined, []).map(({ command }) => command);
  assert.deepEqual(stopped, [
    "arriero.ui.restart",
    "arriero.ui.showLog",
    "arriero.ui.showDaemonLog",
    "arriero.ui.settings",
    "arriero.ui.walkthrough",
  ]);
});

test("the status page survives labels with table marks", () => {
  const page = statusPage(status({ runs: [{ ...running, label: "a | b\nc" }] }), "0.1.0");
  assert.match(page, /\| a \\\| b c \| running \| 3 \|/);
});

test("model details", () => {
  assert.equal(modelDetail({ parameterSize: "8.2B", size: 4_900_000_000 }), "8.2B · 4.9 GB");
  assert.equal(modelDetail({ parameterSize: "", size: 271_000_000 }), "271 MB");
  assert.equal(modelDetail({ parameterSize: "", size: 999_900_000 }), "1.0 GB");
  assert.equal(modelDetail({ parameterSize: "", size: 0 }), "");
});

const changed: ChangedRun[] = [
  ["3", 9000, ["1", "2"], []],
  ["2", 1000, [], ["1"]],
  ["1", 900, ["4"], ["5"]],
].map(([runId, at, applied, takenBack]) => ({
  runId,
  sessionId: "s",
  label: `Run ${runId}`,
  at,
  files: [{ uri: `file:///w/${runId}`, applied, takenBack }],
})) as ChangedRun[];

test("what can be undone and redone, the last first", () => {
  const told = (direction: "undo" | "redo", now: number) =>
    turnChoices(changed, direction, now).map(({ runId, description }) => [runId, description]);
  assert.deepEqual(told("undo", 9059), [
    ["3", "2 changes · just now"],
    ["1", "1 change · 2 h ago"],
  ]);
  assert.deepEqual(told("redo", 1000 + 86400 * 3), [
    ["2", "1 change · 3 days ago"],
    ["1", "1 change · 3 days ago"],
  ]);
  assert.equal(turnChoices(changed, "undo", 9059, 1).length, 1);
  assert.equal(lastIn(changed, "file:///w/1"), "1");
  assert.equal(lastIn(changed, "file:///w/2"), undefined);
});

test("what was left as it is is shown, whatever stands there", () => {
  const conflict = { uri: "file:///w/a", hunks: ["1"], line: 4, wanted: null };
  const page = conflictPage([{ ...conflict, written: "x\n", found: "```\nmine\n" }], (uri) => uri);
  assert.match(page, /## file:\/\/\/w\/a, line 5/);
  assert.match(page, /````\n```\nmine\n````/);
  assert.match(page, /It would be:\n\n\*\(nothing\)\*/);
});

test("only what the user has set goes to the server", () => {
  const layers: Record<string, Layers> = {
    model: { globalValue: "a", workspaceValue: "b" },
    apply: { globalValue: null },
    "server.path": { globalValue: "/x" },
  };
  assert.deepEqual(
    explicitSettings((key) => layers[key]),
    { model: "b" },
  );
});

test("a server is restarted when it ran, and not for ever", () => {
  let now = 0;
  const policy = new RestartPolicy(() => now, 2, 1000);
  assert.equal(policy.closed(), false, "it never ran");
  const lives = [0, 10, 20, 1015].map((time) => {
    now = time;
    policy.started();
    return policy.closed();
  });
  assert.deepEqual(lives, [true, true, false, true]);
});

const lines: [string, string][] = [
  ["", ""],
  ["\n\n## A *title*\nmore", "A *title*"],
  ["- **bold** and `code`", "bold and code"],
  ["See [the docs](http://x/y).", "See the docs."],
  ["```py\nx = 1\n```", "x = 1"],
  ["x".repeat(201), `${"x".repeat(199)}…`],
];

for (const [markdown, line] of lines) {
  test(`first line of ${JSON.stringify(markdown.slice(0, 30))}`, () => {
    assert.equal(firstLine(markdown), line);
  });
}

const commits: [string, string][] = [
  ["Add it\n\nBody.\n", "Add it\n\nBody."],
  ["```\nAdd it\n\nBody.\n```", "Add it\n\nBody."],
  ["```text\nAdd it\n```\n", "Add it"],
  ['"Add it"', "Add it"],
  ["`Add` and `remove`", "`Add` and `remove`"],
  ['Add "it"', 'Add "it"'],
];

for (const [message, text] of commits) {
  test(`commit text of ${JSON.stringify(message)}`, () => {
    assert.equal(commitText(message), text);
  });
}

test("answers have titles that are file names, and the oldest go", () => {
  const store = new AnswerStore(2);
  const first = store.add("What does a/b: *do*?", "1");
  assert.equal(first.path, "/1/What does a b do.md");
  assert.equal(store.add("//", "2").path, "/2/Answer.md");
  store.add("third", "3");
  assert.equal(store.text(first.path), undefined);
  assert.equal(store.text("/3/third.md"), "3");
});
