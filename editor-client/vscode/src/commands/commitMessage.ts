import { env, extensions, Uri, window } from "vscode";
import { commitText } from "../answers/text";

/** The part of VS Code's Git extension that is used here. */
interface Git {
  repositories: Repository[];
  getRepository(uri: Uri): Repository | null;
}

interface Repository {
  rootUri: Uri;
  inputBox: { value: string };
}

/** The root of the repository whose title bar the command was started from, as a URI string. */
export function repositoryOf(from: unknown): string | undefined {
  const root = (from as { rootUri?: unknown } | undefined)?.rootUri;
  return root instanceof Uri ? root.toString() : undefined;
}

/** Put a message into the commit box, or on the clipboard where there is no such box. */
export async function putCommitMessage(message: string, root?: string): Promise<void> {
  const text = commitText(message);
  const repository = chooseRepository(await git(), root);
  if (repository === undefined) {
    await env.clipboard.writeText(text);
    void window.showInformationMessage(
      "The commit message is on the clipboard: there is no Git repository to put it into.",
    );
    return;
  }
  repository.inputBox.value = text;
}

function chooseRepository(api: Git | undefined, root?: string): Repository | undefined {
  if (api === undefined) {
    return undefined;
  }
  const wanted = root === undefined ? window.activeTextEditor?.document.uri : Uri.parse(root);
  const found = wanted === undefined ? null : api.getRepository(wanted);
  return found ?? api.repositories[0];
}

async function git(): Promise<Git | undefined> {
  const extension = extensions.getExtension<{ enabled: boolean; getAPI(version: 1): Git }>(
    "vscode.git",
  );
  const exported = await extension?.activate();
  return exported?.enabled ? exported.getAPI(1) : undefined;
}
