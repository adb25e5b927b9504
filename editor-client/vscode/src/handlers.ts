import { commands, type Disposable, type LogOutputChannel } from "vscode";
import { tellError } from "./tell";

export type Handler = (...args: never[]) => unknown;

/** Register each handler as the command `arriero.ui.<name>`; what goes wrong is told to the user. */
export function registerHandlers(
  handlers: Readonly<Record<string, Handler>>,
  log: LogOutputChannel,
): Disposable[] {
  return Object.entries(handlers).map(([name, handler]) =>
    commands.registerCommand(`arriero.ui.${name}`, async (...args: never[]) => {
      try {
        await handler(...args);
      } catch (error) {
        tellError(error, log);
      }
    }),
  );
}
