import { commands, type Disposable, Uri } from "vscode";
import { reviewPlace } from "../settings/read";
import { finalUri } from "./address";
import { sideUri } from "./documents";
import type { Proposals } from "./proposals";
import { openHunks, openIn } from "./sides";
import { ReviewTabs } from "./tabs";

/** Opens a proposal to look at, and closes it again when all of it is decided. */
export class Review implements Disposable {
  readonly tabs = new ReviewTabs();
  private readonly listening: Disposable;

  constructor(private readonly proposals: Proposals) {
    this.listening = proposals.onChange((runId) => {
      const proposal = proposals.get(runId);
      if (proposal !== undefined && openHunks(proposal).length === 0) {
        void this.tabs.close(runId).then(() => proposals.forget(runId));
      }
    });
  }

  /** Show the proposal of a run that has just ended, as the user's setting wants it. */
  async ended(runId: string, place = reviewPlace()): Promise<void> {
    const proposal = await this.proposals.load(runId);
    const first = proposal.files.find((file) => file.kind !== "create" && openIn(file).length > 0);
    if (place === "file" && first !== undefined) {
      await commands.executeCommand("arriero.ui.review.inFile", runId);
    } else {
      await this.open(runId);
    }
  }

  /** Fetch the proposal of a run and show its differences, those of all files in one editor. */
  async open(runId: string): Promise<void> {
    const proposal = await this.proposals.load(runId);
    const files = proposal.files.filter((file) => openIn(file).length > 0);
    const [first] = files;
    if (first === undefined) {
      return;
    }
    const title = this.tabs.opening(runId, `Arriero: ${proposal.label || "proposal"}`);
    if (files.length === 1) {
      const [left, right] = [sideUri(runId, first, "left"), sideUri(runId, first, "right")];
      await commands.executeCommand("vscode.diff", left, right, title, { preview: false });
      return;
    }
    const resources = files.map((file) => [
      Uri.parse(finalUri(file)),
      sideUri(runId, file, "left"),
      sideUri(runId, file, "right"),
    ]);
    await commands.executeCommand("vscode.changes", title, resources);
  }

  dispose(): void {
    this.listening.dispose();
    this.tabs.dispose();
  }
}
