import * as path from "node:path";

/** The machine as the search sees it; tests give their own. */
export interface Machine {
  platform: NodeJS.Platform;
  environment: Readonly<Record<string, string | undefined>>;
  home: string;
  /** First workspace folder, or undefined in an empty window. */
  folder: string | undefined;
  /** Whether the path is a file that may be executed. */
  isExecutable(file: string): boolean;
}

export interface Found {
  command: string;
  args: string[];
}

/** One sentence that says what was looked for and what to do next. */
export interface Missing {
  problem: string;
}

/**
 * Find the server: the setting `arriero.server.path` if it is set, else `arriero` on PATH or where
 * pip and pipx put it for one user (a desktop session's PATH often lacks that folder).
 * The setting may name the `arriero` program, a Python that has the package, or a bare command.
 */
export function findServer(setting: string, machine: Machine): Found | Missing {
  const wanted = setting.trim();
  if (wanted !== "") {
    return fromSetting(wanted, machine);
  }
  const file = onPath("arriero", machine) ?? inUserFolders("arriero", machine);
  if (file !== undefined) {
    return start(file, machine);
  }
  return {
    problem:
      "Arriero's server was not found on PATH. Install it with `pip install arriero` (or `pipx " +
      'install arriero`), or set "arriero.server.path" to the program.',
  };
}

/** The value with `~`, `${workspaceFolder}`, `${userHome}` and `${env:NAME}` filled in. */
export function expand(value: string, machine: Machine): string {
  const filled = value.replace(
    /\$\{(workspaceFolder|userHome|env:([^}]+))\}/g,
    (all, name, key) => {
      if (name === "workspaceFolder") {
        return machine.folder ?? all;
      }
      return name === "userHome" ? machine.home : (machine.environment[key] ?? "");
    },
  );
  return filled === "~" || /^~[\\/]/.test(filled) ? machine.home + filled.slice(1) : filled;
}

function fromSetting(setting: string, machine: Machine): Found | Missing {
  const paths = pathsOf(machine);
  const value = expand(setting, machine);
  const bare = !/[\\/]/.test(value);
  const absolute =
    paths.isAbsolute(value) || machine.folder === undefined
      ? value
      : paths.join(machine.folder, value);
  const file = bare ? onPath(value, machine) : withSuffix(absolute, machine);
  if (file !== undefined) {
    return start(file, machine);
  }
  const where = bare ? `${value} is not on PATH` : `${absolute} is not a program that can be run`;
  return {
    problem: `Arriero's server was not found: ${where}. Correct the setting "arriero.server.path".`,
  };
}

function start(file: string, machine: Machine): Found {
  const name = pathsOf(machine).basename(file).toLowerCase();
  return /^(python|pypy)[\d.]*(\.exe)?$/.test(name)
    ? { command: file, args: ["-m", "arriero", "lsp"] }
    : { command: file, args: ["lsp"] };
}

function onPath(name: string, machine: Machine): string | undefined {
  const paths = pathsOf(machine);
  const value = machine.environment.PATH ?? machine.environment.Path ?? "";
  return firstExecutable(
    value.split(paths.delimiter).filter((folder) => paths.isAbsolute(folder)),
    name,
    machine,
  );
}

function inUserFolders(name: string, machine: Machine): string | undefined {
  return firstExecutable([pathsOf(machine).join(machine.home, ".local", "bin")], name, machine);
}

function firstExecutable(folders: string[], name: string, machine: Machine): string | undefined {
  for (const folder of folders) {
    const file = withSuffix(pathsOf(machine).join(folder, name), machine);
    if (file !== undefined) {
      return file;
    }
  }
  return undefined;
}

function withSuffix(file: string, machine: Machine): string | undefined {
  const candidates = machine.platform === "win32" ? [`${file}.exe`, file] : [file];
  return candidates.find((candidate) => machine.isExecutable(candidate));
}

function pathsOf(machine: Machine): path.PlatformPath {
  return machine.platform === "win32" ? path.win32 : path.posix;
}
