import { createInterface } from "node:readline";
import { type LogOutputChannel, Uri, workspace } from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import { clientDoes } from "../protocol/messages";
import { editorSettings, section } from "../settings/read";
import type { Found } from "./find";
import type { RestartPolicy } from "./restarts";

export interface ClientHooks {
  log: LogOutputChannel;
  policy: RestartPolicy;
  executeCommand: NonNullable<Middleware["executeCommand"]>;
  /** The server ended and is not started again. */
  onGone: () => void;
}

/** Failures are told to the user once, by the hooks; the client's own words go to the log. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** A client for one start of the server; a restart makes a new one. */
export function createClient(server: Found, hooks: ClientHooks): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
    outputChannel: hooks.log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: () => ({
      ...clientDoes,
      trusted: workspace.isTrusted,
      settings: editorSettings(),
    }),
    initializationFailedHandler: () => false,
    middleware: middleware(hooks),
    errorHandler: {
      error: (_error, _message, count) => {
        if ((count ?? 0) <= 3) {
          return { action: ErrorAction.Continue, handled: true };
        }
        hooks.onGone();
        return { action: ErrorAction.Shutdown, handled: true };
      },
      closed: () => {
        if (hooks.policy.closed()) {
          return { action: CloseAction.Restart, handled: true };
        }
        hooks.onGone();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
    // The server's own words on stderr, at the level of a log rather than of an error.
    stdioOptions: {
      stdout: (input, channel) =>
        createInterface({ input }).on("line", (line) => channel.info(line)),
      stderr: (input, channel) =>
        createInterface({ input }).on("line", (line) => channel.info(line)),
    },
  };
  return new QuietClient(section, "Arriero", server, options);
}

function middleware(hooks: ClientHooks): Middleware {
  return {
    executeCommand: hooks.executeCommand,
    // lens/provider.ts shows them, with the questions and results of the extension's commands.
    provideCodeLenses: () => [],
    workspace: {
      configuration: async (params, token, next) => {
        const answers = await next(params, token);
        if (!Array.isArray(answers)) {
          return answers;
        }
        return params.items.map((item, at) =>
          item.section === section
            ? editorSettings(item.scopeUri ? Uri.parse(item.scopeUri) : undefined)
            : answers[at],
        );
      },
      // Changes are sent by settings/send.ts: the client's own way would send defaults too.
      didChangeConfiguration: async () => {},
    },
  };
}
