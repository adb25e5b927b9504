// Waiting for effects. Nothing in these tests waits for a time to pass.
import { existsSync, readFileSync } from "node:fs";

/** How long an effect may take, in ms; on a busy machine everything takes its time. */
export const patience = Number(process.env.ARRIERO_EDITORS_PATIENCE ?? 120) * 1000;

/** What `probe` gives once it is truthy; it may throw or reject until then. `what` is for the person. */
export async function until(probe, what, limit = patience) {
  const end = Date.now() + limit;
  for (;;) {
    let last;
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${limit / 1000} s for: ${what} (last: ${last})`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/**
 * Does `action` again and again until `effect` holds: keys are lost while VS Code moves the focus.
 * `each` is how long one try may take to show, in ms.
 */
export async function insist(action, effect, what, each = 2500) {
  const end = Date.now() + patience;
  for (;;) {
    await action();
    try {
      return await until(effect, what, each);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** The objects of a file of JSON lines, none while it is not there. */
export function jsonLines(file) {
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, "utf8").split("\n").slice(0, -1); // the last line may be half
  return whole.filter(Boolean).map((line) => JSON.parse(line));
}

/** A file's text, empty while it is not there. */
export const textOf = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");
