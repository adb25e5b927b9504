import {
  type CancellationToken,
  commands,
  Uri,
  type WebviewView,
  type WebviewViewProvider,
  type WebviewViewResolveContext,
} from "vscode";
import type { FromView, ToView } from "./messages";
import { page } from "./page";

export const viewId = "arriero.chat";

/** The chat's page in the side bar. It is made anew whenever it is shown again: all is told then. */
export class ChatView implements WebviewViewProvider {
  private view: WebviewView | undefined;
  private ready = false;
  /** For the page, once it is there. */
  private waiting: ToView[] = [];

  constructor(
    private readonly extension: Uri,
    private readonly receive: (message: FromView) => void,
  ) {}

  get visible(): boolean {
    return this.view?.visible ?? false;
  }

  resolveWebviewView(
    view: WebviewView,
    _context: WebviewViewResolveContext,
    _token: CancellationToken,
  ): void {
    const files = Uri.joinPath(this.extension, "dist");
    const { webview } = view;
    this.view = view;
    this.ready = false;
    webview.options = { enableScripts: true, localResourceRoots: [files] };
    webview.onDidReceiveMessage((message: FromView) => {
      this.receive(message);
      if (message.type === "ready") {
        this.ready = true;
        for (const one of this.waiting.splice(0)) {
          this.post(one);
        }
      }
    });
    view.onDidChangeVisibility(() => {
      if (view.visible) {
        view.badge = undefined;
      } else {
        this.ready = false; // the page is gone until the view is shown again
      }
    });
    view.onDidDispose(() => {
      this.view = undefined;
      this.ready = false;
    });
    webview.html = page({
      source: webview.cspSource,
      script: webview.asWebviewUri(Uri.joinPath(files, "chat.js")).toString(),
      style: webview.asWebviewUri(Uri.joinPath(files, "chat.css")).toString(),
    });
  }

  /** Tell the page something of the moment; without a page it is dropped. */
  post(message: ToView): void {
    if (this.ready) {
      void this.view?.webview.postMessage(message);
    }
  }

  /** Tell the page something that counts, also if it is only about to be shown. */
  async show(message: ToView): Promise<void> {
    if (this.ready) {
      this.post(message);
    } else {
      this.waiting.push(message);
    }
    await commands.executeCommand(`${viewId}.focus`);
  }

  /** Show on the view's icon that something waits. */
  set badge(count: number) {
    if (this.view !== undefined) {
      this.view.badge =
        count > 0 ? { value: count, tooltip: "Arriero asks for a permission" } : undefined;
    }
  }
}
