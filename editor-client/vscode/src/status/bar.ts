import {
  commands,
  type Disposable,
  MarkdownString,
  StatusBarAlignment,
  type StatusBarItem,
  ThemeColor,
  window,
} from "vscode";
import type { IndexWatch } from "../index/watch";
import type { Proposals } from "../review/proposals";
import type { Server } from "../server/server";
import { activeRuns, barText } from "./text";

const backgrounds = {
  plain: undefined,
  warning: new ThemeColor("statusBarItem.warningBackground"),
  error: new ThemeColor("statusBarItem.errorBackground"),
};

/** The item in the status bar; a click opens the menu. */
export class StatusBar implements Disposable {
  private readonly item: StatusBarItem;
  private readonly disposables: Disposable[];

  constructor(
    private readonly server: Server,
    private readonly proposals: Proposals,
    private readonly index: IndexWatch,
  ) {
    this.item = window.createStatusBarItem("arriero.status", StatusBarAlignment.Right, 100);
    this.item.name = "Arriero";
    this.item.command = "arriero.ui.menu";
    this.disposables = [
      this.item,
      server.onState(() => this.show()),
      server.onStatus(() => this.show()),
      proposals.onChange(() => this.show()),
      index.onChange(() => this.show()),
    ];
    this.show();
    this.item.show();
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private show(): void {
    const { state, status } = this.server;
    const reviews = this.proposals.runs.length;
    const { text, tooltip, details, tone } = barText(state, status, reviews, this.index.folders);
    this.item.text = text;
    // The lines are plain text, which may hold a name with Markdown's marks.
    this.item.tooltip = new MarkdownString()
      .appendText(tooltip.join("\n"))
      .appendMarkdown(details === "" ? "" : `\n\n---\n\n${details}`);
    this.item.backgroundColor = backgrounds[tone];
    this.item.accessibilityInformation = {
      label: [text.replace(/\$\([^)]*\)\s*/g, ""), ...tooltip].join(", "),
    };
    setContext("arriero.serverRunning", state === "running");
    setContext("arriero.runActive", activeRuns(status).length > 0);
    setContext("arriero.proposalOpen", reviews > 0);
  }
}

function setContext(key: string, value: boolean): void {
  void commands.executeCommand("setContext", key, value);
}
