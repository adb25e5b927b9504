// A VS Code server of one run's own: a fresh profile with the built extension, and nothing else.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { cache, codeServer, environmentIn, python, vsix } from "./places.mjs";
import { until } from "./wait.mjs";

const quiet = {
  "workbench.startupEditor": "none",
  "workbench.enableExperiments": false,
  "workbench.tips.enabled": false,
  "workbench.reduceMotion": "on", // pictures are not taken in the middle of a fade
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "telemetry.telemetryLevel": "off",
  "security.workspace.trust.enabled": false,
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "editor.lightbulb.enabled": "on",
  "chat.disableAIFeatures": true, // the built-in assistant adds actions and light bulbs of its own
};

const distrust = {
  "security.workspace.trust.enabled": true,
  "security.workspace.trust.startupPrompt": "never",
};

export class Editor {
  /**
   * Starts it in the run's folder. `settings` are the user's; `server` is what `arriero.server.path`
   * names (null: left as it is); `manifest` may change the installed extension's package.json.
   * With `restricted` the workspace is not trusted until the user says so.
   */
  static async start(
    folder,
    { settings = {}, server = python, env = {}, options = [], manifest, restricted = false } = {},
  ) {
    const environment = environmentIn(folder, env);
    const write = (name, value) =>
      writeFileSync(path.join(folder, "data", name, "settings.json"), JSON.stringify(value));
    write("User", { ...quiet, ...(restricted && distrust), ...settings });
    // Which program is run belongs to the machine: VS Code reads it from there.
    write("Machine", server === null ? {} : { "arriero.server.path": server });
    const extensions = path.join(folder, "extensions");
    cpSync(await installed(), extensions, { recursive: true });
    if (manifest !== undefined) changeManifest(extensions, manifest);
    const port = await freePort();
    const log = openSync(path.join(folder, "editor.log"), "a");
    const child = spawn(
      codeServer,
      [
        ...["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, ...profile(folder, extensions)],
        ...["--disable-telemetry", "--disable-update-check"],
        ...(restricted ? [] : ["--disable-workspace-trust"]),
        ...["--disable-getting-started-override", ...options],
      ],
      { env: environment, stdio: ["ignore", log, log], detached: true },
    );
    const editor = new Editor(folder, environment, child, port);
    try {
      await until(async () => (await fetch(`${editor.url}/healthz`)).ok, "code-server answers");
    } catch (error) {
      await editor.stop();
      throw error;
    }
    return editor;
  }

  constructor(folder, environment, child, port) {
    Object.assign(this, { folder, environment, child, port });
    this.url = `http://127.0.0.1:${port}`;
    this.left = () => this.#leave();
    process.once("exit", this.left);
  }

  /** Runs `arriero …` where the extension's server runs; resolves with what it printed. */
  async arriero(...args) {
    const child = spawn(python, ["-m", "arriero", ...args], {
      env: this.environment,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const pieces = [];
    child.stdout.on("data", (piece) => pieces.push(piece));
    await once(child, "close");
    return Buffer.concat(pieces).toString();
  }

  /** How VS Code names a file of this machine. */
  remote(file) {
    return `vscode-remote://127.0.0.1:${this.port}${file}`;
  }

  /** The process id of the daemon, undefined if none runs. */
  async daemon() {
    const printed = await this.arriero("daemon", "status", "--json");
    return printed.trim() === "" ? undefined : JSON.parse(printed).pid;
  }

  /** Ends it, its extension host and the daemon. */
  async stop() {
    process.off("exit", this.left);
    this.#kill();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, "exit");
    }
    await this.arriero("daemon", "stop");
  }

  /** The same when this process ends in the middle of a flow. */
  #leave() {
    this.#kill();
    const options = { env: this.environment, stdio: "ignore", timeout: 20_000 };
    spawnSync(python, ["-m", "arriero", "daemon", "stop"], options);
  }

  #kill() {
    try {
      process.kill(-this.child.pid, "SIGKILL"); // the whole group, which has nothing to save
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
}

// A signal ends the process in the orderly way, so that nothing is left behind.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

const profile = (folder, extensions) => [
  ...["--config", path.join(folder, "code-server.yaml")],
  ...["--user-data-dir", path.join(folder, "data"), "--extensions-dir", extensions],
];

/** A folder in which code-server has installed the extension; made once for each build of it. */
async function installed() {
  const hash = createHash("sha256").update(readFileSync(vsix)).digest("hex").slice(0, 16);
  const target = path.join(cache, "installed", hash);
  if (existsSync(target)) return target;
  const making = path.join(cache, `installing-${process.pid}`);
  const extensions = path.join(making, "extensions");
  mkdirSync(path.join(making, "tmp"), { recursive: true });
  const child = spawn(codeServer, [...profile(making, extensions), "--install-extension", vsix], {
    env: environmentIn(making),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`code-server did not install ${vsix}`);
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    renameSync(extensions, target);
  } catch (error) {
    if (!existsSync(target)) throw error; // else another run was faster
  }
  rmSync(making, { recursive: true, force: true });
  return target;
}

function changeManifest(extensions, change) {
  const [{ relativeLocation }] = JSON.parse(
    readFileSync(path.join(extensions, "extensions.json"), "utf8"),
  );
  const file = path.join(extensions, relativeLocation, "package.json");
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8")))));
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
