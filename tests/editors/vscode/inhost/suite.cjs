// Runs inside VS Code's extension host. Its results are lines of JSON in $INHOST_OUT; the last has
// `done`. $INHOST_PART says what is checked: "all", or "activation" for another round of that.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const vscode = require("vscode");

const say = (line) => fs.appendFileSync(process.env.INHOST_OUT, `${JSON.stringify(line)}\n`);
const extension = () => vscode.extensions.getExtension("arriero.arriero");

async function until(probe, what, { limit = 30_000, pause = 20 } = {}) {
  const end = performance.now() + limit;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${limit / 1000} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function open(name) {
  const folder = vscode.workspace.workspaceFolders[0].uri;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder, name));
  await vscode.window.showTextDocument(document);
  return document;
}

const actionsAt = (document, line) =>
  vscode.commands.executeCommand(
    "vscode.executeCodeActionProvider",
    document.uri,
    new vscode.Range(line, 0, line, 1),
  );

/** Whether so many extensions offer to explain; a request that a new provider cut off says no. */
async function offered(document, extensions) {
  try {
    const actions = await actionsAt(document, 0);
    return actions.filter((action) => action.title === "Explain").length >= extensions;
  } catch (error) {
    if (error.name === "Canceled") return false;
    throw error;
  }
}

/** Milliseconds, and those of the processor, from an extension's activation to its first action. */
async function activation(name, document, extensions) {
  const one = vscode.extensions.getExtension(name);
  assert.equal(one.isActive, false, `${name} waits for this test`);
  const [start, used] = [performance.now(), process.cpuUsage()];
  await one.activate();
  await until(() => offered(document, extensions), "a code action");
  const { user, system } = process.cpuUsage(used);
  return { processor: (user + system) / 1000, wall: performance.now() - start };
}

/** Who is first finds what both need not yet loaded: $INHOST_FIRST says who it is. */
async function compareActivation(document) {
  const order = ["tests.peer", "arriero.arriero"];
  if (process.env.INHOST_FIRST === "ours") order.reverse();
  const taken = {};
  for (const [at, name] of order.entries()) {
    taken[name] = await activation(name, document, at + 1);
  }
  say({ activation: { peer: taken["tests.peer"], ours: taken["arriero.arriero"] } });
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const tests = {
  async "every command of the manifest is registered"() {
    const registered = new Set(await vscode.commands.getCommands(true));
    const declared = extension().packageJSON.contributes.commands.map(({ command }) => command);
    assert.ok(declared.length > 20, "the manifest has the commands");
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  },

  async "every setting of the manifest can be read, and is its default"() {
    const { configuration } = extension().packageJSON.contributes;
    const sections = Array.isArray(configuration) ? configuration : [configuration];
    for (const [name, { default: standard }] of sections.flatMap((one) =>
      Object.entries(one.properties),
    )) {
      const found = vscode.workspace.getConfiguration().inspect(name);
      assert.deepEqual(found?.defaultValue, standard, name);
    }
  },

  async "proposed APIs are closed, as in users' editors"() {
    assert.throws(
      () => vscode.window.registerQuickDiffProvider({ scheme: "x" }, {}, "x", "x"),
      /CANNOT use API proposal/,
    );
  },

  async "code actions are offered within 50 ms"() {
    const document = await open("sample.py");
    const [rounds, beyond] = [[], []];
    for (let round = 0; round < 5; round += 1) {
      const [times, ways] = [[], []];
      for (let line = 0; line < 11; line += 1) {
        const start = performance.now();
        const actions = await actionsAt(document, line % document.lineCount);
        times.push(performance.now() - start);
        const asked = performance.now();
        await vscode.commands.executeCommand("arriero.status", {});
        ways.push(performance.now() - asked);
        const titles = actions.map((action) => action.title);
        for (const title of ["Add documentation", "Explain", "Write tests", "Review this file"]) {
          assert.ok(titles.includes(title), `${title} is offered, of ${titles}`);
        }
      }
      rounds.push(median(times));
      beyond.push(rounds.at(-1) - median(ways));
    }
    // On a busy machine every way takes long: what counts is beyond a request that only goes them.
    say({
      note: "median of code actions in ms, and beyond the ways, of five rounds",
      rounds,
      beyond,
    });
    assert.ok(Math.min(...beyond) <= 50, `at best ${Math.min(...beyond)} ms beyond the ways`);
  },

  async "a problem is offered to be fixed, and the selection to be edited"() {
    const document = await open("data.json");
    await until(() => vscode.languages.getDiagnostics(document.uri).length > 0, "a problem");
    const [problem] = vscode.languages.getDiagnostics(document.uri);
    const actions = await vscode.commands.executeCommand(
      "vscode.executeCodeActionProvider",
      document.uri,
      problem.range,
    );
    const fix = actions.find((action) => action.title === "Fix this problem");
    assert.equal(fix?.kind?.value, "quickfix");
    assert.ok(actions.some((action) => action.title === "Edit selection…"));
  },

  async "a setting of VS Code reaches the server, and a suggestion comes at the cursor"() {
    const document = await open("ghost.py");
    const settings = vscode.workspace.getConfiguration("arriero.completion");
    const switched = async (value) => {
      await settings.update("enabled", value, vscode.ConfigurationTarget.Global);
      const enabled = async () => {
        const status = await vscode.commands.executeCommand("arriero.status", {});
        return status.completion.enabled;
      };
      await until(async () => (await enabled()) === (value ?? true), `completion is ${value}`);
    };
    await switched(false);
    await switched(undefined);
    const { end } = document.lineAt(1).range;
    vscode.window.activeTextEditor.selection = new vscode.Selection(end, end);
    await until(async () => {
      await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
      return until(
        async () => {
          await vscode.commands.executeCommand("editor.action.inlineSuggest.commit");
          return document.lineAt(1).text === "    return number * 2";
        },
        "the suggestion is there to be accepted",
        { limit: 3000 },
      ).catch(() => false);
    }, "the suggestion");
  },

  async "a run that may apply its changes changes the document, and undo takes it back"() {
    const document = await open("a.txt");
    const result = await vscode.commands.executeCommand("arriero.edit", {
      textDocument: { uri: document.uri.toString() },
      prompt: "shout",
      apply: "auto",
    });
    assert.equal(result.applied, true);
    assert.equal(document.getText(), "ONE\ntwo\n");
    assert.ok(document.isDirty, "it is the user who saves");
    await vscode.commands.executeCommand("arriero.ui.undo", result.runId);
    await until(() => document.getText() === "one\ntwo\n", "it is undone");
  },
};

exports.run = async () => {
  let failed = 0;
  const check = async (name, test) => {
    try {
      await test();
      say({ ok: name });
    } catch (error) {
      failed += 1;
      say({ failed: name, why: String(error?.stack ?? error) });
    }
  };
  const document = await open("sample.py");
  await check("activation, measured against a bare language client", () =>
    compareActivation(document),
  );
  if (process.env.INHOST_PART !== "activation") {
    for (const [name, test] of Object.entries(tests)) await check(name, test);
  }
  say({ done: true, failed });
};
