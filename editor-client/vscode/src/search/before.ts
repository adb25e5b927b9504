import {
  commands,
  type Range,
  type Selection,
  type Tab,
  TabInputText,
  type TextDocument,
  TextEditorRevealType,
  type Uri,
  window,
} from "vscode";

/** What the active group of editors showed at one moment, to go back to after previews in it. */
export class Before {
  private readonly viewColumn = window.tabGroups.activeTabGroup.viewColumn;
  private readonly names = window.tabGroups.activeTabGroup.tabs.map(nameOf);
  private readonly activeName = nameOf(window.tabGroups.activeTabGroup.activeTab);
  /** The tab in italics, whose place a preview takes. */
  private readonly passing = uriOf(
    window.tabGroups.activeTabGroup.tabs.find((tab) => tab.isPreview),
  );
  private readonly editor = lookAtEditor();

  /** Go back. A tab that cannot be opened by its address stays replaced. */
  async restore(): Promise<void> {
    const added = this.tabs().find((tab) => tab.isPreview && !this.names.includes(nameOf(tab)));
    if (added !== undefined && this.passing !== undefined) {
      await window.showTextDocument(this.passing, {
        viewColumn: this.viewColumn,
        preview: true,
        preserveFocus: true,
      });
    } else if (added !== undefined) {
      await window.tabGroups.close(added, true);
    }
    if (this.editor !== undefined) {
      await this.showEditor(this.editor);
    } else {
      await this.showTab();
    }
  }

  private async showEditor({ document, preview, selections, top }: Looked): Promise<void> {
    const editor = await window.showTextDocument(document, {
      viewColumn: this.viewColumn,
      preview,
      preserveFocus: true, // the user may be elsewhere by now, such as in the palette
    });
    editor.selections = selections;
    if (top !== undefined) {
      editor.revealRange(top, TextEditorRevealType.AtTop);
    }
  }

  /** What is no text, such as a picture or a diff, is known by its place among the tabs only. */
  private async showTab(): Promise<void> {
    const at = this.tabs().findIndex((tab) => nameOf(tab) === this.activeName);
    if (at >= 0) {
      await commands.executeCommand("workbench.action.openEditorAtIndex", at);
    }
  }

  private tabs(): readonly Tab[] {
    const group = window.tabGroups.all.find(({ viewColumn }) => viewColumn === this.viewColumn);
    return group?.tabs ?? [];
  }
}

interface Looked {
  document: TextDocument;
  preview: boolean;
  selections: readonly Selection[];
  top: Range | undefined;
}

/** The active editor, if a tab shows it and nothing else. */
function lookAtEditor(): Looked | undefined {
  const tab = window.tabGroups.activeTabGroup.activeTab;
  const editor = window.activeTextEditor;
  if (tab === undefined || editor === undefined) {
    return undefined;
  }
  if (uriOf(tab)?.toString() !== editor.document.uri.toString()) {
    return undefined;
  }
  return {
    document: editor.document,
    preview: tab.isPreview,
    selections: editor.selections,
    top: editor.visibleRanges[0],
  };
}

function uriOf(tab: Tab | undefined): Uri | undefined {
  return tab?.input instanceof TabInputText ? tab.input.uri : undefined;
}

function nameOf(tab: Tab | undefined): string {
  return uriOf(tab)?.toString() ?? `${tab?.label}`;
}
