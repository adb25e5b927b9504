import * as path from "node:path";
import { CannotInstall, type Execute, type Python } from "./python";

/** What of the file system is needed; tests give their own. */
export interface Files {
  exists(file: string): Promise<boolean>;
  read(file: string): Promise<string | undefined>;
  write(file: string, text: string): Promise<void>;
  remove(folder: string): Promise<void>;
}

export interface Installation {
  /** The wheel that the extension brings. */
  wheel: string;
  /** Where the environment is made; all in it is ours. */
  folder: string;
  python: Python;
  execute: Execute;
  files: Files;
  /** A step begins: a few words for the user. */
  report(step: string): void;
  signal?: AbortSignal;
}

/** Written last, so that an environment without it was never finished. */
const mark = "arriero-installed";

/**
 * Make an environment and install the wheel into it; what the wheel needs comes from the user's own
 * package index, by pip. Resolves to the environment's Python. Rejects with CannotInstall, and
 * leaves nothing behind that would be taken for whole.
 */
export async function install(task: Installation): Promise<string> {
  const { folder, wheel, python, execute, files, report, signal } = task;
  await files.remove(folder);
  report(`making an environment with Python ${python.version}`);
  const made = await execute(python.command, ["-m", "venv", folder], signal);
  if (made.code !== 0) {
    throw new CannotInstall(
      "venv",
      `${python.command} could not make an environment. On Debian and Ubuntu the package ` +
        `python${python.version}-venv is needed; the log has the details.`,
      `sudo apt install python${python.version}-venv`,
    );
  }
  const inside = pythonIn(folder);
  report("fetching what the server needs");
  const flags = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
  const installed = await execute(inside, ["-m", "pip", "install", ...flags, wheel], signal);
  if (installed.code !== 0) {
    throw pipProblem(installed.output);
  }
  report("trying the server");
  const tried = await execute(inside, ["-m", "arriero", "--version"], signal);
  if (tried.code !== 0) {
    throw new CannotInstall(
      "broken",
      "The server was installed but does not run; the log says why. Choose another Python, or try again.",
    );
  }
  await files.write(path.join(folder, mark), path.basename(wheel));
  return inside;
}

/** The Python of a finished environment made from this wheel; undefined where there is none. */
export async function installed(
  folder: string,
  wheel: string,
  files: Files,
): Promise<string | undefined> {
  const python = pythonIn(folder);
  const from = await files.read(path.join(folder, mark));
  return from === path.basename(wheel) && (await files.exists(python)) ? python : undefined;
}

/** "1.2.3" of "arriero-1.2.3-py3-none-any.whl". */
export function versionOf(wheel: string): string | undefined {
  return /^arriero-([^-]+)-/.exec(path.basename(wheel))?.[1];
}

/** Whether a version such as "0.1.0" comes before another; what is not a number counts as 0. */
export function isOlder(version: string, than: string): boolean {
  const [one, other] = [numbers(version), numbers(than)];
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) {
      return difference < 0;
    }
  }
  return false;
}

function numbers(version: string): number[] {
  return (version.split("+")[0] ?? "").split(".").map((part) => Number.parseInt(part, 10) || 0);
}

function pythonIn(folder: string): string {
  return path.join(folder, "bin", "python");
}

/** pip's words for a package index that cannot be reached. */
const unreachable =
  /NewConnectionError|ConnectTimeout|Temporary failure in name resolution|Name or service not known|Network is unreachable|nodename nor servname|ReadTimeout|ProxyError|Connection refused/i;

function pipProblem(output: string): CannotInstall {
  if (unreachable.test(output)) {
    return new CannotInstall(
      "offline",
      "The packages that Arriero's server needs could not be fetched: the package index cannot be reached. " +
        "Connect to the network once and try again.",
    );
  }
  const told = /^ERROR: (.+)$/m.exec(output)?.[1];
  const reason = told === undefined ? "" : ` (${told.slice(0, 160)})`;
  return new CannotInstall(
    "pip",
    `pip could not install Arriero's server${reason}; the log has all of it. Choose another Python, or try again.`,
  );
}
