import { commands, type Disposable, Uri, window, workspace } from "vscode";
import { AnswerStore } from "./store";

const scheme = "arriero-answer";

/** Shows answers as read-only Markdown documents, in VS Code's own preview; nothing in them is loaded. */
export class AnswerView implements Disposable {
  private readonly store = new AnswerStore();
  private readonly provider = workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: ({ path }) =>
      this.store.text(path) ?? "This answer is no longer kept. Ask again.",
  });

  async show(title: string, markdown: string): Promise<void> {
    const { harmless } = await import("./harmless.js"); // with a parser, which nothing else needs
    const uri = Uri.from({ scheme, path: this.store.add(title, harmless(markdown)).path });
    try {
      await commands.executeCommand("markdown.showPreview", uri);
    } catch {
      await window.showTextDocument(uri, { preview: true }); // the Markdown extension is switched off
    }
  }

  dispose(): void {
    this.provider.dispose();
  }
}
