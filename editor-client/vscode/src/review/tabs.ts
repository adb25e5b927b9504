import { commands, type Disposable, type Tab, TabInputTextDiff, window } from "vscode";
import { decodeQuery, proposalScheme } from "./address";

/**
 * Knows which tab shows which proposal.
 *
 * A diff of one file names its proposal in its URIs. Of a multi-diff the stable API tells nothing
 * but its label, so the labels that were opened are remembered.
 */
export class ReviewTabs implements Disposable {
  private readonly titles = new Map<string, string>();
  private readonly listening = [
    window.tabGroups.onDidChangeTabs(() => this.follow()),
    window.tabGroups.onDidChangeTabGroups(() => this.follow()),
  ];

  /** A tab is about to be opened for the run; answers its title, made unique if need be. */
  opening(runId: string, wanted: string): string {
    let title = wanted;
    for (let number = 2; (this.titles.get(title) ?? runId) !== runId; number += 1) {
      title = `${wanted} #${number}`;
    }
    this.titles.set(title, runId);
    return title;
  }

  /** The run whose proposal the active tab shows. */
  get active(): string | undefined {
    const tab = window.tabGroups.activeTabGroup.activeTab;
    return tab === undefined ? undefined : this.runOf(tab);
  }

  async close(runId: string): Promise<void> {
    const tabs = window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter((tab) => this.runOf(tab) === runId);
    if (tabs.length > 0) {
      await window.tabGroups.close(tabs, true);
    }
    for (const [title, titled] of this.titles) {
      if (titled === runId) {
        this.titles.delete(title);
      }
    }
  }

  dispose(): void {
    for (const disposable of this.listening) {
      disposable.dispose();
    }
  }

  private runOf(tab: Tab): string | undefined {
    if (tab.input instanceof TabInputTextDiff) {
      const { scheme, query } = tab.input.modified;
      return scheme === proposalScheme ? decodeQuery(query)?.runId : undefined;
    }
    const titled = [...this.titles].find(
      // VS Code adds "(3 files)" to the title of a multi-diff.
      ([title]) => tab.label === title || tab.label.startsWith(`${title} (`),
    );
    return titled?.[1];
  }

  private follow(): void {
    void commands.executeCommand("setContext", "arriero.reviewing", this.active !== undefined);
  }
}
