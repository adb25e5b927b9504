import { CannotInstall, type InstallFault } from "./python";

/** A choice on a notification and the command behind it. */
export interface Choice {
  title: string;
  command: string;
  args?: unknown[];
}

/** What is wrong with the server, for the user, and what may be done about it. */
export interface Problem {
  level: "warning" | "error";
  text: string;
  choices: Choice[];
}

export const showLog: Choice = { title: "Show Log", command: "arriero.ui.showLog" };
export const trust: Choice = { title: "Manage Trust", command: "workbench.trust.manage" };
export const restart: Choice = { title: "Restart", command: "arriero.ui.restart" };

const again: Choice = { title: "Try Again", command: "arriero.ui.restart" };
const choosePython: Choice = { title: "Choose Python…", command: "arriero.ui.choosePython" };
const chooseServer: Choice = { title: "Choose the Program…", command: "arriero.ui.chooseServer" };
const settings: Choice = { title: "Open Settings", command: "arriero.ui.settings" };
const download: Choice = {
  title: "Get Python",
  command: "vscode.open",
  args: ["https://www.python.org/downloads/"],
};

const setUp: Choice = { title: "Set Up", command: "arriero.ui.installServer" };

export const choicesWithoutServer: Choice[] = [setUp, chooseServer, settings];

const choices: Record<InstallFault, Choice[]> = {
  python: [choosePython, download, again],
  venv: [choosePython, again, showLog],
  offline: [again, showLog],
  pip: [again, choosePython, showLog],
  broken: [choosePython, again, showLog],
  system: [settings],
};

/** What to tell of a set-up that failed. */
export function installProblem(error: unknown): Problem {
  if (!(error instanceof CannotInstall)) {
    const text = "Arriero's server could not be set up; the log says why.";
    return { level: "error", text, choices: [again, showLog] };
  }
  const { remedy } = error;
  const copy: Choice[] =
    remedy === undefined
      ? []
      : [{ title: "Copy Command", command: "arriero.ui.copyText", args: [remedy] }];
  return { level: "error", text: error.message, choices: [...copy, ...choices[error.fault]] };
}
