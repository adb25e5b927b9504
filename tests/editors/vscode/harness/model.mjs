// The simulated model server of a run; see model.py.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { python, suite } from "./places.mjs";
import { jsonLines } from "./wait.mjs";

export class Model {
  static async start(folder, env) {
    const log = path.join(folder, "model.jsonl");
    const child = spawn(python, [path.join(suite, "model.py"), log], {
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    if (value === undefined) throw new Error("The simulated model did not start.");
    return new Model(child, lines, log, value);
  }

  constructor(child, lines, log, url) {
    Object.assign(this, { child, lines, log, url });
  }

  /** Appends answers to what the model says: see `Turn` in arriero/models/rehearsal. */
  say(...turns) {
    return this.#tell({ say: turns });
  }

  /** The same for the model that completes at the cursor. */
  fill(...turns) {
    return this.#tell({ say: turns, model: "filler" });
  }

  release(name) {
    return this.#tell({ release: name });
  }

  /** From now on it mends the demo's sample project when it is asked to. */
  playSample() {
    return this.#tell({ sample: true });
  }

  /** What it was asked so far: {model, tools, user, results}. */
  get asked() {
    return jsonLines(this.log);
  }

  async stop() {
    this.child.stdin.end();
    if (this.child.exitCode === null) await once(this.child, "exit");
  }

  async #tell(command) {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    await this.lines.next();
  }
}

/** A turn that calls one tool. */
export const call = (name, args, text = "") => ({ text, calls: [{ name, arguments: args }] });
/** A turn that replaces a text in a file. */
export const edit = (file, from, to, text = "") =>
  call("edit_file", { path: file, old_string: from, new_string: to }, text);
