import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";
import { whyNotStarted } from "../src/server/diagnose";
import { executing, realFiles } from "../src/server/execute";
import type { Machine } from "../src/server/find";
import { type Files, install, installed, isOlder, versionOf } from "../src/server/install";
import { installProblem } from "../src/server/problems";
import { CannotInstall, type Ended, type Execute, findPython } from "../src/server/python";

const wheel = "/extension/dist/arriero-0.3.0-py3-none-any.whl";

function machine(...programs: string[]): Machine {
  return {
    platform: "linux",
    environment: { PATH: "/bin1:/bin2" },
    home: "/home/ann",
    folder: undefined,
    isExecutable: (file) => programs.includes(file),
  };
}

/** Programs that answer what is given for their name, and fail to start where nothing is. */
function answering(answers: Record<string, string>): Execute {
  return async (command): Promise<Ended> => {
    const output = answers[command];
    if (output === undefined) {
      throw new Error(`spawn ${command} ENOENT`);
    }
    return { code: 0, output };
  };
}

const pythons: {
  name: string;
  given?: string;
  answers: Record<string, string>;
  found: string | { fault: string; says: RegExp };
}[] = [
  {
    name: "the plain name, if it is new enough",
    answers: { "/bin1/python3": "python 3 11 True", "/bin2/python3.13": "python 3 13 True" },
    found: "/bin1/python3 3.11",
  },
  {
    name: "else the newest with a number",
    answers: {
      "/bin1/python3": "python 3 9 True",
      "/bin1/python3.10": "python 3 10 True",
      "/bin2/python3.13": "python 3 13 True",
    },
    found: "/bin2/python3.13 3.13",
  },
  {
    name: "one with venv rather than one without",
    answers: { "/bin1/python3": "python 3 12 False", "/bin2/python3.10": "python 3 10 True" },
    found: "/bin2/python3.10 3.10",
  },
  {
    name: "Homebrew's, which a desktop's PATH lacks",
    answers: { "/opt/homebrew/bin/python3": "python 3 12 True" },
    found: "/opt/homebrew/bin/python3 3.12",
  },
  {
    name: "the given one and no other",
    given: "/mine/python",
    answers: { "/mine/python": "python 3 12 True", "/bin1/python3": "python 3 13 True" },
    found: "/mine/python 3.12",
  },
  {
    name: "none at all",
    answers: {},
    found: { fault: "python", says: /needs Python 3\.10 or newer: none was found/ },
  },
  {
    name: "too old",
    answers: { "/bin1/python3": "python 3 8 True" },
    found: { fault: "python", says: /\/bin1\/python3 is Python 3\.8/ },
  },
  {
    name: "Python 2 and a shim that prints nonsense",
    answers: { "/bin1/python3": "pyenv: command not found", "/bin1/python": "python 2 7 False" },
    found: { fault: "python", says: /\/bin1\/python is Python 2\.7/ },
  },
  {
    name: "without venv",
    answers: { "/bin1/python3": "python 3 11 False" },
    found: { fault: "venv", says: /package python3\.11-venv/ },
  },
  {
    name: "a given one that is not there",
    given: "/mine/python",
    answers: { "/bin1/python3": "python 3 13 True" },
    found: { fault: "python", says: /\/mine\/python is no Python/ },
  },
];

for (const row of pythons) {
  test(`which Python: ${row.name}`, async () => {
    const looking = findPython(
      row.given ?? "",
      machine(...Object.keys(row.answers)),
      answering(row.answers),
    );
    if (typeof row.found === "string") {
      const { command, version } = await looking;
      assert.equal(`${command} ${version}`, row.found);
    } else {
      const { fault, says } = row.found;
      await assert.rejects(looking, (error: CannotInstall) => {
        assert.equal(error.fault, fault);
        assert.match(error.message, says);
        return true;
      });
    }
  });
}

/** Files in memory; a folder is gone when what lies in it is. */
class Memory implements Files {
  readonly texts = new Map<string, string>();

  async exists(file: string) {
    return this.texts.has(file);
  }
  async read(file: string) {
    return this.texts.get(file);
  }
  async write(file: string, text: string) {
    this.texts.set(file, text);
  }
  async remove(folder: string) {
    for (const file of this.texts.keys()) {
      if (file.startsWith(`${folder}/`)) {
        this.texts.delete(file);
      }
    }
  }
}

const steps = ["-m venv", "-m pip", "-m arriero"];

/** Runs the steps, of which one fails with some words. */
function stepping(files: Memory, failing?: string, output = ""): Execute {
  return async (_command, args) => {
    const step = args.slice(0, 2).join(" ");
    assert.ok(steps.includes(step), step);
    if (step === "-m venv" && step !== failing) {
      await files.write(`${args[2]}/bin/python`, "");
    }
    return { code: step === failing ? 1 : 0, output };
  };
}

function installing(files: Memory, execute: Execute): Promise<string> {
  const python = { command: "/usr/bin/python3", version: "3.11" };
  return install({ wheel, folder: "/store/server", python, execute, files, report: () => {} });
}

test("the server is installed once, and again for another wheel", async () => {
  const files = new Memory();
  assert.equal(await installed("/store/server", wheel, files), undefined);
  assert.equal(await installing(files, stepping(files)), "/store/server/bin/python");
  assert.equal(await installed("/store/server", wheel, files), "/store/server/bin/python");
  const next = wheel.replace("0.3.0", "0.4.0");
  assert.equal(await installed("/store/server", next, files), undefined);
});

const faults: { step: string; output?: string; fault: string; says: RegExp; first: string }[] = [
  { step: "-m venv", fault: "venv", says: /python3\.11-venv/, first: "Copy Command" },
  {
    step: "-m pip",
    output:
      "WARNING: Retrying … NewConnectionError('…: Name or service not known')\nERROR: No matching distribution",
    fault: "offline",
    says: /cannot be reached/,
    first: "Try Again",
  },
  {
    step: "-m pip",
    output: "Collecting x\nERROR: No matching distribution found for tree-sitter<0.27\n",
    fault: "pip",
    says: /\(No matching distribution found for tree-sitter<0\.27\)/,
    first: "Try Again",
  },
  { step: "-m arriero", fault: "broken", says: /does not run/, first: "Choose Python…" },
];

for (const { step, output, fault, says, first } of faults) {
  test(`a set-up that fails: ${fault}`, async () => {
    const files = new Memory();
    const failed: unknown = await installing(files, stepping(files, step, output)).catch(
      (error: unknown) => error,
    );
    assert.ok(failed instanceof CannotInstall);
    assert.equal(failed.fault, fault);
    assert.match(failed.message, says);
    assert.equal(installProblem(failed).choices[0]?.title, first);
    assert.equal(await installed("/store/server", wheel, files), undefined, "not taken for whole");
  });
}

const starts: { name: string; python?: boolean; ended?: Ended; says: RegExp; first: string }[] = [
  {
    name: "a Python without the package",
    python: true,
    ended: { code: 1, output: "/usr/bin/python3: No module named arriero\n" },
    says: /\/my python has no arriero package\. Install it there with `"\/my python" -m pip install arriero`/,
    first: "Use the Extension's Server",
  },
  {
    name: "another program",
    ended: { code: 0, output: "GNU bash, version 5.2\n" },
    says: /\/my python is not Arriero's server/,
    first: "Use the Extension's Server",
  },
  {
    name: "one that hangs or is not there",
    says: /does not answer/,
    first: "Use the Extension's Server",
  },
  {
    name: "ours, which has other reasons",
    ended: { code: 0, output: "arriero 0.1.0\n" },
    says: /could not be started; the log says why/,
    first: "Restart",
  },
];

for (const { name, python, ended, says, first } of starts) {
  test(`why a server did not start: ${name}`, async () => {
    const args = python ? ["-m", "arriero", "lsp"] : ["lsp"];
    const { text, choices } = await whyNotStarted(
      { command: "/my python", args },
      async (_, asked) => {
        assert.deepEqual(asked, [...args.slice(0, -1), "--version"]);
        if (ended === undefined) {
          throw new Error("AbortError");
        }
        return ended;
      },
    );
    assert.match(text, says);
    assert.equal(choices[0]?.title, first);
  });
}

const versions: [string, string, boolean][] = [
  ["0.1.0", "0.1.0", false],
  ["0.1.0", "0.1.1", true],
  ["0.9.9", "0.10.0", true],
  ["1.0", "1.0.0", false],
  ["1.0.1", "1.0", false],
  ["0.1.0+local", "0.1.0", false],
];

for (const [version, than, older] of versions) {
  test(`${version} is ${older ? "" : "not "}older than ${than}`, () => {
    assert.equal(isOlder(version, than), older);
  });
}

test("the version of a wheel", () => {
  assert.equal(versionOf(wheel), "0.3.0");
  assert.equal(versionOf("/extension/dist/extension.js"), undefined);
});

test("programs are run for real: output, code, a name that is not there, and the end", async () => {
  const lines: string[] = [];
  const execute = executing((line) => lines.push(line));
  const script = "console.log('out'); console.error('err'); process.exitCode = 3";
  const { code, output } = await execute(process.execPath, ["-e", script]);
  assert.equal(code, 3);
  assert.deepEqual(output.split("\n").filter(Boolean).sort(), ["err", "out"]);
  assert.ok(lines.includes("out"));
  await assert.rejects(execute("/nowhere/python", []));
  const stop = new AbortController();
  const waiting = execute(process.execPath, ["-e", "setInterval(() => {}, 1000)"], stop.signal);
  stop.abort();
  await assert.rejects(waiting);
});

test("what is kept is kept on the disk", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "arriero-files-"));
  try {
    const file = path.join(folder, "mark");
    assert.equal(await realFiles.read(file), undefined);
    await realFiles.write(file, "text");
    assert.equal(await realFiles.read(file), "text");
    assert.equal(await realFiles.exists(file), true);
    await realFiles.remove(folder);
    assert.equal(await realFiles.exists(file), false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
