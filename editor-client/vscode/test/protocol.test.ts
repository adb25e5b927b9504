import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import {
  CancellationTokenSource,
  LSPErrorCodes,
  ResponseError,
} from "vscode-languageserver-protocol";
import type { WorkDone } from "../src/protocol/api";
import { method, type Proposal } from "../src/protocol/messages";
import { Proposals } from "../src/review/proposals";
import { FakeServer } from "./fakeServer";
import { file, hunk, proposal, runResult, status } from "./samples";

/** Give a test its server and close it whatever happens. */
function withServer(name: string, body: (server: FakeServer) => Promise<void>): void {
  test(name, async () => {
    const server = new FakeServer();
    try {
      await body(server);
    } finally {
      server.close();
    }
  });
}

withServer("a run: argument, progress and result", async (fake) => {
  fake.server.onRequest("workspace/executeCommand", async (params) => {
    fake.executed.push(params);
    const report = (value: WorkDone) =>
      fake.server.sendNotification("$/progress", { token: params.workDoneToken, value });
    await report({ kind: "begin", title: "Edit", message: "step 1" });
    await report({ kind: "end" });
    return runResult({ message: "done" });
  });
  const seen: WorkDone[] = [];
  const options = { onProgress: (value: WorkDone) => void seen.push(value) };
  const argument = { textDocument: { uri: "file:///project/a.py" }, prompt: "shorter" };
  const result = await fake.api.run("arriero.edit", argument, options);
  assert.equal(result.message, "done");
  assert.deepEqual(fake.executed[0]?.arguments, [argument]);
  assert.deepEqual(
    seen.map(({ kind }) => kind),
    ["begin", "end"],
  );
  await fake.api.run("arriero.edit", argument, options);
  const tokens = fake.executed.map(({ workDoneToken }) => workDoneToken);
  assert.equal(new Set(tokens).size, 2, "each run has a progress token of its own");
});

withServer("cancelling a run cancels the request", async (fake) => {
  const events = new EventEmitter();
  fake.server.onRequest("workspace/executeCommand", (_params, token) => {
    events.emit("started");
    return new Promise((_resolve, reject) => {
      token.onCancellationRequested(() =>
        reject(new ResponseError(LSPErrorCodes.RequestCancelled, "cancelled")),
      );
    });
  });
  const source = new CancellationTokenSource();
  const started = once(events, "started");
  const run = fake.api.run("arriero.agent", { prompt: "go" }, { token: source.token });
  const refused = assert.rejects(run, { code: LSPErrorCodes.RequestCancelled });
  await started;
  source.cancel();
  await refused;
});

withServer("own requests and the diagnostics notification have their shapes", async (fake) => {
  const events = new EventEmitter();
  fake.server.onRequest(method.status, () => status());
  fake.server.onRequest(method.models, () => ({
    models: [],
    selected: { provider: "ollama", model: null },
  }));
  fake.server.onRequest(method.sessions, () => ({ sessions: [] }));
  fake.server.onNotification(method.diagnostics, (params) => {
    events.emit("diagnostics", params);
  });
  fake.onCommand({
    "arriero.selectModel": () => null,
    "arriero.undo": () => ({ runId: "run-1", applied: true, kept: [], message: "" }),
    "arriero.cancel": () => null,
    "arriero.stopAll": () => ({ runs: [{ runId: "run-3", label: "Fix", ended: true }] }),
  });
  assert.equal((await fake.api.status()).model, "qwen3:8b");
  assert.deepEqual((await fake.api.models()).models, []);
  assert.deepEqual(await fake.api.sessions(), []);
  await fake.api.selectModel("llama3.2");
  await fake.api.undo("run-1");
  await fake.api.cancel("run-2");
  assert.deepEqual(
    (await fake.api.stopAll()).runs.map((run) => run.ended),
    [true],
  );
  assert.deepEqual(
    fake.executed.map(({ command, arguments: args }) => [command, args[0]]),
    [
      ["arriero.selectModel", { model: "llama3.2" }],
      ["arriero.undo", { runId: "run-1" }],
      ["arriero.cancel", { runId: "run-2" }],
      ["arriero.stopAll", {}],
    ],
  );
  const told = once(events, "diagnostics");
  const files = [{ uri: "file:///project/a.py", diagnostics: [] }];
  await fake.api.diagnostics(files);
  assert.deepEqual(await told, [{ files }]);
});

/** A server that keeps one proposal of two hunks and decides as it is told. */
function reviewing(fake: FakeServer): Proposal {
  const kept = proposal([
    file("a\nb\n", "A\nB\n", [hunk("1", 0, ["a"], ["A"]), hunk("2", 1, ["b"], ["B"])]),
  ]);
  const decide = (state: "accepted" | "rejected") => (argument: { hunks?: string[] }) => {
    const hunks = kept.files.flatMap((one) => one.hunks).filter((one) => one.state === "open");
    const chosen = hunks.filter(({ id }) => argument.hunks?.includes(id) ?? true);
    for (const one of chosen) {
      one.state = state;
    }
    const ids = chosen.map(({ id }) => id);
    return { runId: kept.runId, applied: state === "accepted", hunks: ids, stale: [], message: "" };
  };
  fake.server.onRequest(method.proposal, () => kept);
  fake.onCommand({ "arriero.accept": decide("accepted"), "arriero.reject": decide("rejected") });
  return kept;
}

withServer("a review: one hunk accepted, one in the preview, the rest rejected", async (fake) => {
  reviewing(fake);
  const proposals = new Proposals(async () => fake.api);
  const changes: number[] = [];
  proposals.onChange((runId) => changes.push(proposals.openCount(runId)));
  await proposals.load("run-1");
  assert.deepEqual(proposals.runs, ["run-1"]);
  const result = await proposals.accept("run-1", ["2"]);
  assert.deepEqual(result.hunks, ["2"]);
  await proposals.accept("run-1", ["1"], true);
  await proposals.reject("run-1");
  assert.deepEqual(changes, [2, 1, 0, 0]);
  assert.deepEqual(proposals.runs, []);
  assert.deepEqual(
    fake.executed.map(({ arguments: args }) => args[0]),
    [
      { runId: "run-1", hunks: ["2"] },
      { runId: "run-1", hunks: ["1"], confirm: true },
      { runId: "run-1" },
    ],
  );
});

withServer("a change told by the server is fetched only for a proposal in view", async (fake) => {
  const kept = reviewing(fake);
  const proposals = new Proposals(async () => fake.api);
  await proposals.changed({ runId: "run-1", uris: [], openHunks: 2 });
  assert.equal(proposals.get("run-1"), undefined);
  assert.equal(proposals.openCount("run-1"), 2);
  await proposals.load("run-1");
  for (const one of kept.files.flatMap(({ hunks }) => hunks)) {
    one.state = "stale";
  }
  await proposals.changed({ runId: "run-1", uris: [], openHunks: 0 });
  assert.equal(proposals.get("run-1")?.files[0]?.hunks[0]?.state, "stale");
  assert.deepEqual(proposals.runs, []);
});

withServer("an answer that a later fetch has overtaken is dropped", async (fake) => {
  const answers: ((value: Proposal) => void)[] = [];
  const arrived = new EventEmitter();
  fake.server.onRequest(method.proposal, () => {
    const answer = new Promise<Proposal>((resolve) => answers.push(resolve));
    if (answers.length === 2) {
      arrived.emit("both");
    }
    return answer;
  });
  const proposals = new Proposals(async () => fake.api);
  const both = once(arrived, "both");
  const first = proposals.load("run-1");
  const second = proposals.load("run-1");
  await both;
  const older = proposal([file("a\n", "b\n", [hunk("1", 0, ["a"], ["b"])])]);
  const newer = proposal([file("a\n", "b\n", [hunk("1", 0, ["a"], ["b"], "accepted")])]);
  answers[1]?.(newer);
  await second;
  answers[0]?.(older);
  await first;
  assert.equal(proposals.openCount("run-1"), 0);
});

withServer("proposals of the status are known before they are fetched", async (fake) => {
  const proposals = new Proposals(async () => fake.api);
  proposals.known(["run-1", "run-2"]);
  assert.deepEqual(proposals.runs, ["run-1", "run-2"]);
  proposals.clear();
  assert.deepEqual(proposals.runs, []);
});
