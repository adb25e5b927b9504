import { type Disposable, window } from "vscode";
import type { Server } from "../server/server";

/** Milliseconds between two looks. */
const interval = 20_000;

/**
 * While the model provider does not answer, look again now and then and when the window gets the
 * focus, so that a provider that was started meanwhile is seen.
 */
export function lookAgain(server: Server): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const away = () => server.status?.providerState === "unavailable";
  const look = () => {
    if (away()) {
      void server.look();
    }
  };
  const follow = () => {
    clearTimeout(timer);
    timer = away() ? setTimeout(look, interval) : undefined;
  };
  const listening = [
    server.onStatus(follow),
    server.onState(follow),
    window.onDidChangeWindowState(({ focused }) => {
      if (focused) {
        look();
      }
    }),
  ];
  return {
    dispose: () => {
      clearTimeout(timer);
      for (const one of listening) {
        one.dispose();
      }
    },
  };
}
