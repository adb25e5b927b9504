import { commands, type Disposable, type LogOutputChannel, window } from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { CommandArgument } from "../protocol/messages";
import { NotRunning, type Server } from "../server/server";
import { tellError } from "../tell";
import { buildArgument } from "./arguments";
import { type CommandSpec, catalog, specOf } from "./catalog";
import { repositoryOf } from "./commitMessage";
import { activeEditor, snapshot } from "./editor";
import type { Runner } from "./run";

/** Register `arriero.ui.<name>` for every command that starts a run. */
export function registerRunCommands(
  server: Server,
  runner: Runner,
  log: LogOutputChannel,
): Disposable[] {
  return catalog.map((spec) =>
    commands.registerCommand(`arriero.ui.${spec.name}`, async (from?: unknown) => {
      try {
        await start(spec, from, server, runner);
      } catch (error) {
        tellError(error, log);
      }
    }),
  );
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
        const prompt = await ask(spec.prompt);
        if (prompt === undefined) {
          return undefined;
        }
        argument.prompt = prompt;
      }
      return await runner.run(spec, argument);
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
  const looked = snapshot(editor, client);
  buildArgument(spec, looked); // says what is missing before it asks for words
  let prompt: string | undefined;
  if (spec.prompt !== undefined) {
    prompt = await ask(spec.prompt);
    if (prompt === undefined) {
      return;
    }
  }
  const argument = buildArgument(spec, looked, prompt);
  await runner.run(spec, argument, spec.result === "commit" ? repositoryOf(from) : undefined);
}

async function ask({ title, placeholder }: { title: string; placeholder: string }) {
  const words = await window.showInputBox({
    title,
    placeHolder: placeholder,
    ignoreFocusOut: true,
  });
  const prompt = words?.trim();
  return prompt === "" ? undefined : prompt;
}
