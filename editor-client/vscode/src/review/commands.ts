import { type Disposable, type LogOutputChannel, Uri, window, workspace } from "vscode";
import { CannotRun } from "../commands/arguments";
import { registerHandlers } from "../handlers";
import { type Choice, mention, tell } from "../tell";
import { finalUri } from "./address";
import { fileOf } from "./documents";
import { type ThreadAbout, threadAbout } from "./marks";
import type { Proposals } from "./proposals";
import { keptReadOnly, notSavable } from "./readOnly";
import type { Review } from "./review";
import { count, fileWith, hunkAt, openIn, sidesOf } from "./sides";
import type { Steps } from "./steps";

type Decision = "accept" | "reject";

/** Given beside a run by a place that shows what became of its proposal, and how to take it back. */
export const quietly = "quietly";

/** What is decided: hunks of a run, or all of them. */
interface Chosen {
  runId: string;
  hunks?: string[];
  /** The cursor goes on to the next hunk: the decision was made with the keyboard. */
  goOn?: boolean;
  /** It is looked at in VS Code's Refactor Preview first. */
  confirm?: boolean;
  /** Where it was decided, it is seen that all is applied. */
  quiet?: boolean;
}

/**
 * Register the commands of the review. Lenses and menus of ours pass what they are about; from the
 * palette, a title bar or a key they are about the place of the cursor and the active tab.
 */
export function registerReviewCommands(
  proposals: Proposals,
  review: Review,
  steps: Steps,
  log: LogOutputChannel,
): Disposable[] {
  const decide = async (decision: Decision, chosen: Chosen | undefined) => {
    if (chosen === undefined) {
      return;
    }
    const { runId, hunks } = chosen;
    await (decision === "accept" ? accept(proposals, chosen) : proposals.reject(runId, hunks));
    if (chosen.goOn && proposals.openCount(runId) > 0) {
      await steps.go("next");
    }
  };
  const given = async (runId: unknown) =>
    typeof runId === "string" ? runId : await pickRun(proposals);
  const shown = () => review.tabs.active ?? steps.fileAtCursor()?.runId;
  const all = async (from: unknown) => ({
    runId: await given(typeof from === "string" ? from : shown()), // a title bar passes a URI
  });
  const file = (runId: unknown, hunk: unknown) => chooseFile(proposals, steps, runId, hunk);
  const hunk = (runId: unknown, id: unknown) => chooseHunk(proposals, steps, runId, id);
  const handlers: Record<string, (...args: unknown[]) => unknown> = {
    acceptAll: async (runId, how) =>
      decide("accept", { ...(await all(runId)), quiet: how === quietly }),
    acceptInPreview: async (runId) => decide("accept", { ...(await all(runId)), confirm: true }),
    rejectAll: async (runId) => decide("reject", await all(runId)),
    acceptFile: (runId, id) => decide("accept", file(runId, id)),
    rejectFile: (runId, id) => decide("reject", file(runId, id)),
    acceptHunk: (runId, id) => decide("accept", hunk(runId, id)),
    rejectHunk: (runId, id) => decide("reject", hunk(runId, id)),
    reviewProposal: async (runId) => review.open(await given(runId)),
    "review.inFile": async (runId) => steps.start(await given(runId)),
    "review.next": () => steps.go("next"),
    "review.previous": () => steps.go("previous"),
  };
  return registerHandlers(handlers, log);
}

async function accept(proposals: Proposals, chosen: Chosen): Promise<void> {
  const { runId, hunks, confirm } = chosen;
  const proposal = proposals.get(runId) ?? (await proposals.load(runId));
  const files = proposal.files.filter((file) =>
    openIn(file).some(({ id }) => hunks?.includes(id) ?? true),
  );
  const kept = await keptReadOnly(files.map(({ uri }) => uri));
  if (kept.length > 0) {
    throw new CannotRun(
      `${named(kept)} is read-only here, so nothing was applied. Make it writable, then accept again.`,
    );
  }
  const result = await proposals.accept(runId, hunks, confirm);
  if (result.applied) {
    await warnOfUnsaved(files.map(finalUri));
  }
  const undo: Choice = { title: "Undo", command: "arriero.ui.undo", args: [runId] };
  const stale = result.stale.length;
  if (!result.applied) {
    const reason = result.message || "The change was not applied because the file has changed.";
    void tell("warning", reason);
  } else if (stale > 0) {
    const text = `${count(stale, "hunk")} no longer fits and was left out.`;
    void tell("warning", result.message || text, undo);
  } else if (proposals.openCount(runId) === 0 && (result.message || !chosen.quiet)) {
    void tell("info", result.message || "The proposal is applied.", undo);
  } else {
    mention(`Arriero: ${count(result.hunks.length, "hunk")} applied`);
  }
}

/** What was accepted is in the editor and stays there: say so before it is saved in vain. */
async function warnOfUnsaved(uris: readonly string[]): Promise<void> {
  const stuck = await notSavable(uris);
  if (stuck.length > 0) {
    const text = `${named(stuck)} is read-only: what you accepted is in the editor, and is not saved. Make the file writable, or save it under another name.`;
    const open: Choice = {
      title: "Open the File",
      command: "vscode.open",
      args: stuck.slice(0, 1),
    };
    void tell("warning", text, open);
  }
}

function named(uris: readonly Uri[]): string {
  return uris.map((uri) => workspace.asRelativePath(uri)).join(", ");
}

/** All open hunks of a file: of the one that a given hunk is in, else of the one at the cursor. */
function chooseFile(proposals: Proposals, steps: Steps, from: unknown, hunk: unknown): Chosen {
  const given = givenHunk(from, hunk);
  const proposal = given && proposals.get(given.runId);
  const found =
    given === undefined
      ? (underCursor(proposals, from) ?? steps.fileAtCursor())
      : { runId: given.runId, file: proposal && fileWith(proposal, given.hunk) };
  if (found?.file === undefined) {
    throw new CannotRun("Put the cursor into a file of the proposal first.");
  }
  return { runId: found.runId, hunks: openIn(found.file).map(({ id }) => id) };
}

function chooseHunk(
  proposals: Proposals,
  steps: Steps,
  from: unknown,
  hunk: unknown,
): Chosen | undefined {
  const given = givenHunk(from, hunk);
  if (given !== undefined) {
    return { runId: given.runId, hunks: [given.hunk] };
  }
  const found = underCursor(proposals, from);
  if (found === undefined) {
    const there = steps.atCursor();
    if (there === "moved") {
      return undefined;
    }
    if (there !== undefined) {
      return { runId: there.runId, hunks: [there.hunk], goOn: true };
    }
  }
  const line = window.activeTextEditor?.selection.active.line ?? 0;
  const chosen = found && hunkAt(sidesOf(found.file).places, found.side, line);
  if (found === undefined || chosen === undefined) {
    throw new CannotRun("Put the cursor on a change of the proposal first.");
  }
  return { runId: found.runId, hunks: [chosen.id] };
}

/** What a lens passes, or the box of a hunk in its file. */
function givenHunk(from: unknown, hunk: unknown): ThreadAbout | undefined {
  return typeof from === "string" && typeof hunk === "string"
    ? { runId: from, hunk }
    : threadAbout(from);
}

/** The file of the proposal in the editor; menus of a title bar pass the URI that they belong to. */
function underCursor(proposals: Proposals, from: unknown) {
  const active = window.activeTextEditor?.document.uri;
  const found = active && fileOf(active, proposals);
  return found ?? (from instanceof Uri ? fileOf(from, proposals) : undefined);
}

async function pickRun(proposals: Proposals): Promise<string> {
  const runs = proposals.runs;
  const [only] = runs;
  if (only === undefined) {
    throw new CannotRun("There is no proposal to review.");
  }
  if (runs.length === 1) {
    return only;
  }
  const loaded = await Promise.all(runs.map((runId) => proposals.load(runId)));
  const items = loaded.map((proposal) => ({
    label: proposal.label || proposal.runId,
    description: count(proposals.openCount(proposal.runId), "hunk"),
    runId: proposal.runId,
  }));
  const picked = await window.showQuickPick(items, { title: "Which proposal?" });
  if (picked === undefined) {
    throw new CannotRun("No proposal was chosen.");
  }
  return picked.runId;
}
