// Checks of the extension inside VS Code's extension host, where its API can be called directly, and
// how long its activation takes beside the least that an extension with a language client can be.
// Exits with 1 if a check fails. usage: node inhost.mjs
import { cpSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { playFlow } from "./harness/flow.mjs";
import { edit } from "./harness/model.mjs";
import { project, python, suite } from "./harness/places.mjs";
import { jsonLines, patience, until } from "./harness/wait.mjs";

/** In each round either of the two is first once. The best counts: others are at work as well. */
const rounds = 2;
/**
 * What the extension may take beyond the peer until its first code action, in ms of the processor:
 * on a machine with nothing else to do that is what the user waits longer.
 */
const allowed = 300;

const files = {
  "a.txt": "one\ntwo\n",
  "data.json": '{\n  "name": "tally"\n  "size": 3\n}\n',
  "ghost.py": "def double(number):\n    \n\n\nprint(double(4))\n",
  "sample.py": Array.from({ length: 12 }, (_, n) => `value_${n} = ${n}\n`).join(""),
};

/** A window that runs the suite as it opens; `part` is "all" or "activation", `first` "peer" or "ours". */
function hosted(part, first) {
  const said = [];
  return {
    said,
    files,
    async prepare(folder) {
      await buildPeer(path.join(folder, "peer"));
      return {
        // Without it a built VS Code passes over what is developed and tested.
        options: ["--vscode-option", "enable-smoke-test-driver"],
        env: {
          INHOST_OUT: path.join(folder, "inhost.jsonl"),
          INHOST_PART: part,
          INHOST_FIRST: first,
          PEER_PYTHON: python,
        },
        manifest: (manifest) => ({ ...manifest, activationEvents: [] }), // the suite activates it
      };
    },
    async payload(editor, folder) {
      await editor.arriero("daemon", "start"); // its start is nobody's activation
      return [
        ["extensionDevelopmentPath", editor.remote(path.join(folder, "peer"))],
        ["extensionTestsPath", editor.remote(path.join(suite, "inhost/suite.cjs"))],
      ];
    },
    async play({ model, folder }) {
      await model.fill(...Array.from({ length: 20 }, () => ({ text: "return number * 2" })));
      await model.say(edit("a.txt", "one\n", "ONE\n"), { text: "Loud." });
      const results = () => jsonLines(path.join(folder, "inhost.jsonl"));
      await until(() => results().some((line) => line.done), "the suite has ended", 4 * patience);
      said.push(...results());
    },
  };
}

/** Bundles the peer as the extension is bundled. */
async function buildPeer(folder) {
  const modules = path.join(project, "editor-client/vscode/node_modules");
  const { build } = createRequire(path.join(modules, "here"))("esbuild");
  mkdirSync(folder);
  cpSync(path.join(suite, "inhost/peer/package.json"), path.join(folder, "package.json"));
  await build({
    entryPoints: [path.join(suite, "inhost/peer/extension.mjs")],
    outfile: path.join(folder, "extension.js"),
    bundle: true,
    minify: true,
    platform: "node",
    format: "cjs",
    external: ["vscode"],
    nodePaths: [modules],
    logLevel: "warning",
  });
}

const beyond = { processor: [], wall: [] };
for (let round = 1; round <= rounds; round += 1) {
  const both = [];
  for (const first of ["peer", "ours"]) {
    const flow = hosted(round === 1 && first === "peer" ? "all" : "activation", first);
    await playFlow("inhost", flow, { screenshots: process.env.ARRIERO_EDITORS_SCREENSHOTS });
    for (const line of flow.said) {
      if (line.failed) process.exitCode = 1;
      if (line.activation) both.push(line.activation);
      console.log(JSON.stringify(line));
    }
  }
  for (const clock of ["processor", "wall"]) {
    const differences = both.map(({ ours, peer }) => ours[clock] - peer[clock]);
    beyond[clock].push(differences.reduce((sum, one) => sum + one, 0) / differences.length);
  }
}
for (const [clock, values] of Object.entries(beyond)) {
  const told = values.map(Math.round).join(" and ");
  console.log(`activation beyond a bare language client's: ${told} ms (${clock})`);
}
const best = Math.min(...beyond.processor);
if (!(best <= allowed)) {
  console.log(`FAIL  at best ${Math.round(best)} ms of the processor; ${allowed} are allowed`);
  process.exitCode = 1;
}
