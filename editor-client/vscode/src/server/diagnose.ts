import type { Found } from "./find";
import { type Choice, type Problem, restart, showLog } from "./problems";
import type { Execute } from "./python";

/** Milliseconds that a program may take to tell its version. */
const patience = 10_000;

const settings: Choice = { title: "Open Settings", command: "arriero.ui.settings" };
const useOwn: Choice = { title: "Use the Extension's Server", command: "arriero.ui.installServer" };

/** Why a server that was found did not start: it is asked for its version, as a person would. */
export async function whyNotStarted({ command, args }: Found, execute: Execute): Promise<Problem> {
  const isPython = args[0] === "-m";
  const before = args.slice(0, -1); // all but "lsp"
  try {
    const asked = [...before, "--version"];
    const { code, output } = await execute(command, asked, AbortSignal.timeout(patience));
    if (isPython && /No module named '?arriero'?/.test(output)) {
      return lacksPackage(command);
    }
    if (code === 0 && /^arriero[ ,]/m.test(output)) {
      return { level: "error", text: general, choices: [restart, showLog] };
    }
    if (isPython && /requires? .*python|SyntaxError/i.test(output)) {
      return other(`${command} is too old for Arriero's server, which needs Python 3.10 or newer.`);
    }
  } catch {
    return other(`${command} does not answer when it is asked for its version.`);
  }
  return other(`${command} is not Arriero's server, or is broken; the log has what it said.`);
}

const general = "Arriero's server could not be started; the log says why.";

function lacksPackage(python: string): Problem {
  const quoted = /\s/.test(python) ? `"${python}"` : python;
  const remedy = `${quoted} -m pip install arriero`;
  return {
    level: "error",
    text: `${python} has no arriero package. Install it there with \`${remedy}\`, or use the server that the extension brings.`,
    choices: [
      useOwn,
      { title: "Copy Command", command: "arriero.ui.copyText", args: [remedy] },
      settings,
    ],
  };
}

function other(reason: string): Problem {
  return {
    level: "error",
    text: `${reason} Correct the setting "arriero.server.path", or use the server that the extension brings.`,
    choices: [useOwn, settings, showLog],
  };
}
