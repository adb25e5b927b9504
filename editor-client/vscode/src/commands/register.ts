import { type Disposable, type LogOutputChannel, window } from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { registerHandlers } from "../handlers";
import { isPlace } from "../lens/provider";
import type { CommandArgument } from "../protocol/messages";
import { NotRunning } from "../server/refusals";
import type { Server } from "../server/server";
import { tellError } from "../tell";
import { buildArgument, CannotRun } from "./arguments";
import { type CommandSpec, catalog, specOf } from "./catalog";
import { repositoryOf } from "./commitMessage";
import { Drafts } from "./drafts";
import { activeEditor, placed, snapshot, whyNoEditor } from "./editor";
import type { Runner } from "./run";

/** Register `arriero.ui.<name>` for every command that starts a run. */
export function registerRunCommands(
  server: Server,
  runner: Runner,
  log: LogOutputChannel,
): Disposable[] {
  const handlers = catalog.map((spec) => [
    spec.name,
    (from?: unknown) => start(spec, from, server, runner),
  ]);
  return registerHandlers(Object.fromEntries(handlers), log);
}

/**
 * The server's own command names, as its code actions use them: run with the same progress, cancel
 * and results as from the palette, and with a question where the action could not ask one.
 */
export function codeActionCommands(
  runner: Runner,
  log: LogOutputChannel,
): NonNullable<Middleware["executeCommand"]> {
  return async (command, args, next) => {
    const spec = specOf(command);
    if (spec === undefined) {
      return next(command, args);
    }
    try {
      const argument: CommandArgument = { ...args[0] };
      if (spec.prompt !== undefined && !argument.prompt) {
        const prompt = await ask(spec);
        if (prompt === undefined) {
          return undefined;
        }
        argument.prompt = prompt;
      }
      const result = await runner.run(spec, argument);
      drafts.ended(spec.name, result.stopReason);
      return result;
    } catch (error) {
      tellError(error, log);
      return undefined;
    }
  };
}

async function start(
  spec: CommandSpec,
  from: unknown,
  server: Server,
  runner: Runner,
): Promise<void> {
  const editor = activeEditor(); // before the question: the input box takes the focus
  await server.api();
  const client = server.client;
  if (client === undefined) {
    throw new NotRunning();
  }
  const looked = isPlace(from) ? await placed(from, client) : snapshot(editor, client);
  if (looked === undefined && spec.needsEditor) {
    throw new CannotRun(whyNoEditor()); // before it asks for words
  }
  const prompt = await ask(spec);
  if (prompt === undefined && spec.prompt !== undefined) {
    return;
  }
  const argument = buildArgument(spec, looked, prompt);
  const repository = spec.result === "commit" ? repositoryOf(from) : undefined;
  const { stopReason } = await runner.run(spec, argument, { repository });
  drafts.ended(spec.name, stopReason);
}

/** What was typed for a run that then failed stands in the box when the command is used again. */
const drafts = new Drafts();

async function ask({ name, prompt }: CommandSpec): Promise<string | undefined> {
  if (prompt === undefined) {
    return undefined;
  }
  const words = await window.showInputBox({
    title: prompt.title,
    placeHolder: prompt.placeholder,
    value: drafts.of(name),
    ignoreFocusOut: true,
  });
  return drafts.typed(name, words);
}
