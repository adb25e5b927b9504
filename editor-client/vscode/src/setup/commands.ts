import { mkdir, writeFile } from "node:fs/promises";
import * as path from "node:path";
import {
  commands,
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  ProgressLocation,
  Uri,
  window,
  workspace,
} from "vscode";
import { Meter } from "../commands/meter";
import { type Handler, registerHandlers } from "../handlers";
import type { Server } from "../server/server";
import { tell } from "../tell";
import { missing, nameProblem } from "./models";
import { sampleFile, sampleText } from "./sample";

const getOllama = {
  title: "Get Ollama",
  command: "vscode.open",
  args: ["https://ollama.com/download"],
};

/** What the walkthrough's buttons do; the palette has them too. */
export function registerSetupCommands(
  context: ExtensionContext,
  server: Server,
  log: LogOutputChannel,
): Disposable[] {
  const handlers: Record<string, Handler> = {
    walkthrough: () => openWalkthrough(context, server),
    "setup.check": () => check(server),
    "setup.sample": () => openSample(context),
    pullModel: (name: unknown) => pull(server, name),
  };
  showSample(context).catch((error: unknown) => log.debug("No sample:", String(error)));
  return [
    ...registerHandlers(handlers, log),
    server.onState((state) => void tick("server", state === "running")),
    server.onStatus((status) => void tick("provider", status.providerState === "ready")),
  ];
}

/** Mark a step of the walkthrough, or take the mark back. */
function tick(step: "server" | "provider", done: boolean): Thenable<void> {
  return commands.executeCommand("setContext", `arriero.setup.${step}`, done);
}

async function openWalkthrough({ extension }: ExtensionContext, server: Server): Promise<void> {
  const walkthrough = `${extension.id}#arriero.start`;
  await commands.executeCommand("workbench.action.openWalkthrough", walkthrough, false);
  // VS Code hears of what is done only once the page is drawn, which it does not tell.
  setTimeout(() => void tickAgain(server), drawn);
}

/** Milliseconds after which a walkthrough's page is drawn, also on a slow machine. */
const drawn = 1500;

async function tickAgain(server: Server): Promise<void> {
  await tick("server", false);
  await tick("provider", false);
  await tick("server", server.state === "running");
  await server.look();
}

/** Say whether the provider answers and has a model, and what to do where not. */
async function check(server: Server): Promise<void> {
  const api = await server.api();
  const again = { title: "Try Again", command: "arriero.ui.setup.check" };
  try {
    const { models, selected } = await api.models();
    const status = await api.status();
    void tick("provider", true);
    const what = models.length === 1 ? "one model" : `${models.length} models`;
    const pullOne = { title: "Pull a Model…", command: "arriero.ui.pullModel" };
    const choose = { title: "Select the Model…", command: "arriero.ui.selectModel" };
    const text =
      models.length === 0
        ? `${selected.provider} answers, but has no model yet. Pull one.`
        : `${selected.provider} answers and has ${what}. ${status.message}`.trim();
    void tell("info", text, ...(models.length === 0 ? [pullOne] : [choose, pullOne]));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    void tell("warning", text, getOllama, again);
  }
}

/** Fetch a model with progress, and use it. */
async function pull(server: Server, given: unknown): Promise<void> {
  const api = await server.api();
  const name = typeof given === "string" ? given : await chooseName(server);
  if (name === undefined) {
    return;
  }
  const options = {
    location: ProgressLocation.Notification,
    title: `Arriero: pulling ${name}`,
    cancellable: true,
  };
  await window.withProgress(options, (progress, token) => {
    const meter = new Meter();
    return api.pullModel(name, token, (value) => progress.report(meter.step(value)));
  });
  await api.selectModel(name);
  void tell("info", `${name} is ready and selected.`);
}

async function chooseName(server: Server): Promise<string | undefined> {
  const { models } = await (await server.api()).models();
  const other = { label: "$(edit) Another model…", detail: "Any name of Ollama's library" };
  const items = [...missing(models).map(({ name, detail }) => ({ label: name, detail })), other];
  const picked = await window.showQuickPick(items, { title: "Which model to pull?" });
  if (picked !== other) {
    return picked?.label;
  }
  const typed = await window.showInputBox({
    title: "Pull a model",
    placeHolder: "qwen3:8b",
    validateInput: nameProblem,
    ignoreFocusOut: true,
  });
  return typed?.trim();
}

/** A small project of our own, to try an edit on: nothing of the user's is touched. */
async function openSample(context: ExtensionContext): Promise<void> {
  const folder = sampleFolder(context);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, sampleFile), sampleText);
  const forceNewWindow = (workspace.workspaceFolders?.length ?? 0) > 0;
  await commands.executeCommand("vscode.openFolder", Uri.file(folder), { forceNewWindow });
}

/** In a window that was opened for the sample: its file, which says what to do. */
async function showSample(context: ExtensionContext): Promise<void> {
  const [folder] = workspace.workspaceFolders ?? [];
  if (folder?.uri.fsPath === sampleFolder(context) && window.activeTextEditor === undefined) {
    await window.showTextDocument(Uri.file(path.join(folder.uri.fsPath, sampleFile)));
  }
}

function sampleFolder({ globalStorageUri }: ExtensionContext): string {
  return path.join(globalStorageUri.fsPath, "sample");
}
