import assert from "node:assert/strict";
import { test } from "node:test";
import { expand, findServer, type Machine } from "../src/server/find";

function machine(files: string[], more: Partial<Machine> = {}): Machine {
  return {
    platform: "linux",
    environment: { PATH: "/usr/bin:/opt/bin:relative/bin", TOOLS: "/tools" },
    home: "/home/ana",
    folder: "/home/ana/project",
    isExecutable: (path) => files.includes(path),
    ...more,
  };
}

const windows: Partial<Machine> = {
  platform: "win32",
  environment: { Path: "C:\\Windows;C:\\Python\\Scripts" },
  home: "C:\\Users\\ana",
};

const rows: {
  name: string;
  setting?: string;
  on: Machine;
  found?: [string, ...string[]];
  problem?: RegExp;
}[] = [
  {
    name: "on PATH",
    on: machine(["/opt/bin/arriero"]),
    found: ["/opt/bin/arriero", "lsp"],
  },
  {
    name: "first on PATH wins over the user's folder",
    on: machine(["/home/ana/.local/bin/arriero", "/usr/bin/arriero"]),
    found: ["/usr/bin/arriero", "lsp"],
  },
  {
    name: "in the user's folder",
    on: machine(["/home/ana/.local/bin/arriero"]),
    found: ["/home/ana/.local/bin/arriero", "lsp"],
  },
  {
    name: "a relative folder on PATH is not searched",
    on: machine(["relative/bin/arriero"]),
    problem: /pip install arriero/,
  },
  {
    name: "on Windows",
    on: machine(["C:\\Python\\Scripts\\arriero.exe"], windows),
    found: ["C:\\Python\\Scripts\\arriero.exe", "lsp"],
  },
  {
    name: "the setting wins over PATH",
    setting: " ~/venv/bin/arriero ",
    on: machine(["/home/ana/venv/bin/arriero", "/usr/bin/arriero"]),
    found: ["/home/ana/venv/bin/arriero", "lsp"],
  },
  {
    name: "a Python in the setting",
    setting: "${workspaceFolder}/.venv/bin/python3.12",
    on: machine(["/home/ana/project/.venv/bin/python3.12"]),
    found: ["/home/ana/project/.venv/bin/python3.12", "-m", "arriero", "lsp"],
  },
  {
    name: "a relative path in the setting",
    setting: ".venv/bin/arriero",
    on: machine(["/home/ana/project/.venv/bin/arriero"]),
    found: ["/home/ana/project/.venv/bin/arriero", "lsp"],
  },
  {
    name: "a bare command in the setting",
    setting: "arriero-dev",
    on: machine(["/opt/bin/arriero-dev"]),
    found: ["/opt/bin/arriero-dev", "lsp"],
  },
  {
    name: "a wrong path never falls back to PATH",
    setting: "/nowhere/arriero",
    on: machine(["/usr/bin/arriero"]),
    problem: /\/nowhere\/arriero is not a program.*arriero\.server\.path/,
  },
  {
    name: "a wrong bare command",
    setting: "arriero-dev",
    on: machine(["/usr/bin/arriero"]),
    problem: /arriero-dev is not on PATH/,
  },
];

for (const { name, setting = "", on, found, problem } of rows) {
  test(`server: ${name}`, () => {
    const answer = findServer(setting, on);
    if (found !== undefined) {
      assert.deepEqual(answer, { command: found[0], args: found.slice(1) });
    } else {
      assert.match("problem" in answer ? answer.problem : "", problem ?? /^$/);
    }
  });
}

test("variables of the setting", () => {
  const on = machine([]);
  assert.equal(expand("${env:TOOLS}/x", on), "/tools/x");
  assert.equal(expand("${env:MISSING}/x", on), "/x");
  assert.equal(expand("${userHome}/x", on), "/home/ana/x");
  assert.equal(expand("~", on), "/home/ana");
  assert.equal(expand("~other/x", on), "~other/x");
  assert.equal(
    expand("${workspaceFolder}", machine([], { folder: undefined })),
    "${workspaceFolder}",
  );
});
