import {
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  Uri,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { AnswerView } from "../answers/view";
import { CannotRun } from "../commands/arguments";
import { type Handler, registerHandlers } from "../handlers";
import type { Proposals } from "../review/proposals";
import { NotRunning } from "../server/refusals";
import type { Server } from "../server/server";
import { tellError } from "../tell";
import { Acp, type PermissionParams, type UpdateParams } from "./acp";
import { Chat } from "./chat";
import type { Chip } from "./items";
import { selectionChip } from "./mentions";
import type { Draft, FromView } from "./messages";
import { chipOfUri } from "./places";
import { Page } from "./receive";
import { Terminals } from "./terminals";
import { ChatView, viewId } from "./view";
import type { Waiting } from "./waiting";

interface Parts {
  server: Server;
  proposals: Proposals;
  answers: AnswerView;
  log: LogOutputChannel;
}

const remembered = "arriero.chat.session";
const written = "arriero.chat.draft";
const waiting = "arriero.chat.waiting";

/** Register the chat: its view, its commands, and what the server says to it. */
export function registerChat(context: ExtensionContext, parts: Parts): Disposable[] {
  const { server, proposals, log } = parts;
  const failed = (error: unknown) => tellError(error, log);
  const note = (error: unknown) => log.warn("chat:", String(error));
  const acp = async () => {
    await server.api();
    if (server.client === undefined) {
      throw new NotRunning();
    }
    return new Acp(server.client);
  };
  const terminals = new Terminals(note);
  const view = new ChatView(context.extensionUri, (message: FromView) => {
    page.receive(message).catch(failed);
  });
  const chat = new Chat({
    acp,
    folder: () => workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file")?.uri.fsPath,
    post: (message) => view.post(message),
    remembered: () => context.workspaceState.get<string>(remembered),
    remember: (sessionId) => void context.workspaceState.update(remembered, sessionId),
    draft: () => context.workspaceState.get<Draft>(written),
    waiting: () => context.workspaceState.get<Record<string, Waiting>>(waiting, {}),
    keepWaiting: (all) => void context.workspaceState.update(waiting, all),
    proposal: async (runId, fresh) => {
      try {
        return (fresh ? undefined : proposals.get(runId)) ?? (await proposals.load(runId));
      } catch (error) {
        log.debug("chat:", String(error)); // a run that proposes nothing has no proposal
        return undefined;
      }
    },
    nameOf: (uri) => workspace.asRelativePath(Uri.parse(uri)),
    runs: () => server.status?.runs ?? [],
    attention: (sessionId, title, shown) => {
      if (!shown || !view.visible) {
        view.badge = 1;
        attention(title, async () => {
          await view.show({ type: "focus" });
          await chat.show(sessionId);
        }).then(undefined, failed);
      }
    },
    failed: note,
  });
  const page = new Page(chat, view, {
    ...parts,
    acp,
    terminals,
    keep: (draft) => void context.workspaceState.update(written, draft),
  });

  return [
    terminals,
    window.registerWebviewViewProvider(viewId, view),
    listen(server, chat),
    server.onStatus(({ runs }) => chat.running(runs)),
    proposals.onChange((runId) => {
      chat.proposalChanged(runId).catch(note);
    }),
    ...registerHandlers(commandsOf(chat, view), log),
  ];
}

/** Hear what the server says of sessions, on every connection to it. */
function listen(server: Server, chat: Chat): Disposable {
  let known: LanguageClient | undefined;
  const look = () => {
    const { client, state } = server;
    if (state === "running" && client !== undefined && client !== known) {
      known = client;
      client.onNotification("session/update", (params: UpdateParams) => chat.update(params));
      client.onRequest("session/request_permission", (params: PermissionParams) =>
        chat.ask(params),
      );
    }
    chat.connected(state);
  };
  look();
  return server.onState(look);
}

function commandsOf(chat: Chat, view: ChatView): Record<string, Handler> {
  const attach = (chips: Chip[]) => view.show({ type: "attach", chips });
  return {
    "chat.focus": () => view.show({ type: "focus" }),
    "chat.new": async () => {
      await view.show({ type: "focus" });
      await chat.start();
      await chat.begin();
    },
    "chat.sessions": async () => {
      await view.show({ type: "focus" });
      await chat.tellSessions(true);
    },
    "chat.stop": () => chat.current?.stop(),
    "chat.add": async () => attach([selectionChip() ?? (await activeFile())]),
    // From the explorer: the resource under the mouse, and all that are selected.
    "chat.addFile": async (one: unknown, all: unknown) => {
      const uris = (Array.isArray(all) ? all : [one]).filter((uri) => uri instanceof Uri);
      await attach(await Promise.all(uris.map(chipOfUri)));
    },
  };
}

async function activeFile(): Promise<Chip> {
  const uri = window.activeTextEditor?.document.uri;
  if (uri === undefined) {
    throw new CannotRun("Open the file first that is to be added to the chat.");
  }
  return chipOfUri(uri);
}

/** A question waits where the user does not see it: a message leads there. */
async function attention(title: string, open: () => Promise<void>): Promise<void> {
  const picked = await window.showInformationMessage(`Arriero asks: ${title}`, "Open the Chat");
  if (picked !== undefined) {
    await open();
  }
}
