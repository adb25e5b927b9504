import { ProgressLocation, window } from "vscode";
import type { Api } from "../protocol/api";
import type { FolderIndex } from "../protocol/indexMessages";
import { tell } from "../tell";
import { indexLines, indexSummary, isMoving, share } from "./words";

/** How long the server may wait with an answer, in seconds, and the least time for a round. */
const step = 1;

/** Build the indexes of all folders from nothing, and show how far that is. */
export async function rebuildIndex(api: Api): Promise<void> {
  const { message } = await api.reindex();
  if (message !== "") {
    void tell("warning", message);
  }
  const folders = await watchUntilReady(api);
  const problem = folders.some((folder) => folder.message !== "");
  if (message === "") {
    void tell(problem ? "warning" : "info", indexLines(folders).join(". "));
  }
}

async function watchUntilReady(api: Api): Promise<FolderIndex[]> {
  const options = {
    location: ProgressLocation.Notification,
    title: "Arriero: Rebuilding the index",
  };
  return await window.withProgress(options, async (progress) => {
    let reached = 0;
    for (;;) {
      const [folders] = await Promise.all([api.index(step), pause(step * 1000)]);
      if (!folders.some(isMoving)) {
        return folders;
      }
      const percent = Math.max(reached, share(folders));
      progress.report({
        message: indexSummary(folders) ?? "",
        increment: percent - reached,
      });
      reached = percent;
    }
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
