// Where things are: of the set-up, of the project, and of one run.
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const suite = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const project = path.resolve(suite, "../../..");

/** The folder that setup.sh filled. */
export const cache = process.env.ARRIERO_EDITORS_CACHE ?? "";
if (cache === "" || !existsSync(path.join(cache, "playwright/installed"))) {
  throw new Error("Name in ARRIERO_EDITORS_CACHE the folder that setup.sh has filled.");
}

export const codeServer = path.join(cache, "code-server/node_modules/.bin/code-server");
export const { chromium } = createRequire(path.join(cache, "playwright/package.json"))(
  "playwright-core",
);
export const chromiumProgram =
  process.env.CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** The built extension under test. */
export const vsix =
  process.env.ARRIERO_VSIX ?? path.join(project, "editor-client/vscode/arriero.vsix");
/** A Python that has the `arriero` package: what `arriero.server.path` names. */
export const python = process.env.ARRIERO_PYTHON ?? "python3";

/** A new folder for one run. Its path is short: sockets have room for 107 bytes. */
export function scratch() {
  const folder = mkdtempSync(path.join(os.tmpdir(), "av-"));
  for (const name of ["home", "run", "tmp", "data/User", "data/Machine", "work"]) {
    mkdirSync(path.join(folder, name), { recursive: true });
  }
  return folder;
}

/** An environment in which nothing outside the run's folder is read or written. */
export function environmentIn(folder, more = {}) {
  const kept = ["PATH", "LANG", "LC_ALL", "TERM", "TZ"];
  const own = Object.fromEntries(
    kept.filter((name) => name in process.env).map((name) => [name, process.env[name]]),
  );
  const home = path.join(folder, "home");
  return {
    ...own,
    PATH: `${path.dirname(process.execPath)}:${own.PATH}`,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, "config"),
    XDG_DATA_HOME: path.join(home, "data"),
    XDG_STATE_HOME: path.join(home, "state"),
    XDG_CACHE_HOME: path.join(home, "cache"),
    XDG_RUNTIME_DIR: path.join(folder, "run"),
    TMPDIR: path.join(folder, "tmp"),
    GIT_CONFIG_NOSYSTEM: "1",
    ...more,
  };
}
