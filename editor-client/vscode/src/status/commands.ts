import {
  commands,
  type Disposable,
  type ExtensionContext,
  env,
  type LogOutputChannel,
  QuickPickItemKind,
  window,
  workspace,
} from "vscode";
import type { AnswerView } from "../answers/view";
import { type Handler, registerHandlers } from "../handlers";
import type { IndexWatch } from "../index/watch";
import { indexSummary } from "../index/words";
import type { Model } from "../protocol/messages";
import type { Proposals } from "../review/proposals";
import type { DaemonLog } from "../server/daemonLog";
import { NotTrusted } from "../server/refusals";
import type { Server } from "../server/server";
import { mention, tell } from "../tell";
import { menuItems } from "./menu";
import { modelDetail, statusPage } from "./report";
import { cancelRun, redoRun, stopAll, undoFile, undoRun } from "./runs";

interface Parts {
  server: Server;
  proposals: Proposals;
  answers: AnswerView;
  index: IndexWatch;
  daemonLog: DaemonLog;
  log: LogOutputChannel;
}

/** Register what the menu of the status bar offers beside the runs themselves. */
export function registerStatusCommands(context: ExtensionContext, parts: Parts): Disposable[] {
  const { server, log } = parts;
  const version = String(context.extension.packageJSON.version);
  const handlers: Record<string, Handler> = {
    menu: () => menu(parts),
    status: () => showStatus(parts, version),
    selectModel: () => selectModel(parts),
    cancel: (runId: unknown) => cancelRun(server, runId),
    stopAll: () => stopAll(server),
    undo: (runId: unknown) => undoRun(server, runId),
    undoFile: (uri: unknown) => undoFile(server, uri),
    redo: (runId: unknown) => redoRun(server, runId),
    restart: async () => {
      await server.restart();
      if (server.state === "untrusted") {
        throw new NotTrusted();
      }
    },
    showLog: () => log.show(true),
    showDaemonLog: () => parts.daemonLog.show(),
    settings: () => commands.executeCommand("workbench.action.openSettings", "arriero"),
    chooseServer: () => chooseServer(server),
    installServer: () => server.useOwn(),
    choosePython: () => choosePython(server),
    copyText: (text: unknown) => env.clipboard.writeText(String(text)),
    showAnswer: (title: unknown, text: unknown) => parts.answers.show(String(title), String(text)),
  };
  return registerHandlers(handlers, log);
}

async function menu({ server, proposals, index }: Parts): Promise<void> {
  const waiting = proposals.runs.map((runId) => ({
    runId,
    label: labelOf(server, proposals, runId),
    openHunks: proposals.openCount(runId),
  }));
  const entries = menuItems(server.state, server.status, waiting, indexSummary(index.folders));
  const items = entries.map((item) =>
    item.command === undefined ? { ...item, kind: QuickPickItemKind.Separator } : item,
  );
  const picked = await window.showQuickPick(items, { title: "Arriero" });
  if (picked?.command !== undefined) {
    await commands.executeCommand(picked.command, ...(picked.args ?? []));
  }
}

async function showStatus({ server, answers }: Parts, version: string): Promise<void> {
  const api = await server.api();
  const [status, index] = await Promise.all([api.status(), api.index()]);
  server.take(status);
  await answers.show("Arriero status", statusPage(status, version, index));
}

async function selectModel({ server }: Parts): Promise<void> {
  const api = await server.api();
  const { models, selected } = await api.models();
  if (models.length === 0) {
    const reason = server.status?.message || "No provider offers a model. Pull one with Ollama.";
    void tell("warning", reason, { title: "Pull a Model…", command: "arriero.ui.pullModel" });
    return;
  }
  const isSelected = ({ name, provider }: Model) =>
    name === selected.model && provider === selected.provider;
  const items = models.map((model) => ({
    label: model.name,
    description: isSelected(model) ? `${model.provider} · selected` : model.provider,
    detail: modelDetail(model),
  }));
  const another = { label: "$(cloud-download) Pull another model…", description: "", detail: "" };
  const picked = await window.showQuickPick([...items, another], {
    title: "Select the model",
    matchOnDescription: true,
  });
  if (picked === another) {
    await commands.executeCommand("arriero.ui.pullModel");
  } else if (picked !== undefined) {
    await api.selectModel(picked.label);
    mention(`Arriero: ${picked.label} is selected`);
  }
}

/** Let the user point at the program and start it. */
async function chooseServer(server: Server): Promise<void> {
  const [file] = (await window.showOpenDialog({ title: "Choose the arriero program" })) ?? [];
  if (file !== undefined) {
    await workspace.getConfiguration("arriero").update("server.path", file.fsPath, true);
    await server.restart();
  }
}

/** Let the user point at the Python with which the server is set up. */
async function choosePython(server: Server): Promise<void> {
  const [file] = (await window.showOpenDialog({ title: "Choose Python 3.10 or newer" })) ?? [];
  if (file !== undefined) {
    await workspace.getConfiguration("arriero").update("server.python", file.fsPath, true);
    await server.restart();
  }
}

function labelOf(server: Server, proposals: Proposals, runId: string): string {
  const run = server.status?.runs.find((one) => one.runId === runId);
  return proposals.get(runId)?.label || run?.label || "proposal";
}
