import * as path from "node:path";
import type { Machine } from "./find";

/** How a program ended; `output` is what it printed, both streams, the last part of it. */
export interface Ended {
  code: number | null;
  output: string;
}

/** Run a program to its end; rejects when it cannot be started or `signal` calls it off. */
export type Execute = (command: string, args: string[], signal?: AbortSignal) => Promise<Ended>;

export interface Python {
  command: string;
  /** Such as "3.12". */
  version: string;
}

export type InstallFault = "python" | "venv" | "offline" | "pip" | "broken" | "system";

/** Why the server cannot be set up; the text is for the user and says what to do. */
export class CannotInstall extends Error {
  constructor(
    readonly fault: InstallFault,
    text: string,
    /** A command for the terminal that mends it, if there is one. */
    readonly remedy?: string,
  ) {
    super(text);
  }
}

const oldest = 10; // of Python 3
const newest = 15;

const question =
  "import sys, importlib.util as u; " +
  "print('python', *sys.version_info[:2], all(u.find_spec(m) for m in ('venv', 'ensurepip')))";

/**
 * The Python with which the server's environment is made: the given one, else the newest on PATH.
 * Rejects with CannotInstall where there is none that is new enough and can make environments.
 */
export async function findPython(
  given: string,
  machine: Machine,
  execute: Execute,
): Promise<Python> {
  let tooOld: string | undefined;
  let noVenv: Python | undefined;
  for (const command of candidates(given, machine)) {
    const answer = await ask(command, execute);
    if (answer === undefined) {
      continue;
    }
    const { major, minor, makes } = answer;
    const version = `${major}.${minor}`;
    if (major !== 3 || minor < oldest) {
      tooOld ??= `${command} is Python ${version}`;
    } else if (!makes) {
      noVenv ??= { command, version };
    } else {
      return { command, version };
    }
  }
  throw problem(given, tooOld, noVenv);
}

function problem(given: string, tooOld: string | undefined, noVenv: Python | undefined) {
  if (noVenv !== undefined) {
    return new CannotInstall(
      "venv",
      `${noVenv.command} cannot make environments: its venv module is missing. On Debian and ` +
        `Ubuntu it is in the package python${noVenv.version}-venv.`,
      `sudo apt install python${noVenv.version}-venv`,
    );
  }
  const found =
    tooOld ?? (given === "" ? "none was found on PATH" : `${given} is no Python that can be run`);
  return new CannotInstall(
    "python",
    `Arriero's server needs Python 3.${oldest} or newer: ${found}. Install Python, or choose one.`,
  );
}

function candidates(given: string, machine: Machine): string[] {
  if (given !== "") {
    return [given];
  }
  const names = [];
  for (let minor = newest; minor >= oldest; minor -= 1) {
    names.push(`python3.${minor}`);
  }
  // The plain names first: that is the Python that the user means, if it is new enough.
  return ["python3", "python", ...names].flatMap((name) => {
    const file = folders(machine)
      .map((folder) => path.join(folder, name))
      .find((candidate) => machine.isExecutable(candidate));
    return file === undefined ? [] : [file];
  });
}

/** PATH, and where package managers put programs that a desktop session's PATH often lacks. */
function folders({ environment, home }: Machine): string[] {
  const given = (environment.PATH ?? "").split(path.delimiter).filter(path.isAbsolute);
  return [
    ...given,
    "/usr/local/bin",
    "/opt/homebrew/bin",
    path.join(home, ".local/bin"),
    "/usr/bin",
  ];
}

async function ask(command: string, execute: Execute) {
  try {
    const { code, output } = await execute(command, ["-c", question]);
    const told = /^python (\d+) (\d+) (True|False)/m.exec(output);
    if (code !== 0 || told === null) {
      return undefined;
    }
    return { major: Number(told[1]), minor: Number(told[2]), makes: told[3] === "True" };
  } catch {
    return undefined; // a broken link or a shim without a Python behind it: the search goes on
  }
}
