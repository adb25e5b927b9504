import { type Disposable, workspace } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { editorSettings, section } from "./read";

/** Tell the server whenever the user changes one of its settings in the editor. */
export function sendSettings(client: () => LanguageClient | undefined): Disposable {
  return workspace.onDidChangeConfiguration(async (event) => {
    const running = client();
    if (running?.isRunning() && event.affectsConfiguration(section)) {
      await running.sendNotification("workspace/didChangeConfiguration", {
        settings: { [section]: editorSettings() },
      });
    }
  });
}
