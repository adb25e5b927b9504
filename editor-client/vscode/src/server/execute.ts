import { spawn } from "node:child_process";
import { access, readFile, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Files } from "./install";
import type { Execute } from "./python";

/** Characters of a program's output that are kept. */
const mostKept = 20_000;

/** Runs programs and hands each line that they print to `hear`. */
export function executing(hear: (line: string) => void): Execute {
  return (command, args, signal) =>
    new Promise((resolve, reject) => {
      hear(`> ${[command, ...args].join(" ")}`);
      const child = spawn(command, args, {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, PYTHONUTF8: "1", PIP_NO_INPUT: "1" },
        ...(signal !== undefined && { signal }),
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          hear(line);
          output = `${output}${line}\n`.slice(-mostKept);
        });
      }
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output }));
    });
}

export const realFiles: Files = {
  async exists(file) {
    try {
      await access(file);
      return true;
    } catch {
      return false; // not there, or not for us: which is the same to who asks
    }
  },
  async read(file) {
    try {
      return await readFile(file, "utf8");
    } catch {
      return undefined; // as above
    }
  },
  write: (file, text) => writeFile(file, text),
  remove: (folder) => rm(folder, { recursive: true, force: true }),
};
