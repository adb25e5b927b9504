/** What the active tab is about, where there is no editor that a command could work on. */
export interface Shown {
  /** The scheme of the document in the active editor, if there is one. */
  scheme?: string | undefined;
  /** A tab with a text, of which VS Code tells its extensions nothing. */
  textTab: boolean;
  notebook: boolean;
}

/** Why a command that works on a file cannot, and what to do. */
export function whyUnsuitable({ scheme, textTab, notebook }: Shown): string {
  if (notebook || scheme === "vscode-notebook-cell") {
    return "Arriero does not work on notebooks. Ask about it in words, or open the .ipynb file with the text editor.";
  }
  if (scheme !== undefined) {
    return "This command works on files on disk, and this editor shows something else. Open the file itself first.";
  }
  if (textTab) {
    return "This file is too large: VS Code shows files of more than 50 MB to no extension. Open a smaller one, or ask about it in words.";
  }
  return "Open a file first: this command works on the file in the editor.";
}
