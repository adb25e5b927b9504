import { commands, type Disposable, type LogOutputChannel, Uri, window } from "vscode";
import { CannotRun } from "../commands/arguments";
import { type Choice, mention, tell, tellError } from "../tell";
import { fileOf } from "./documents";
import { type ThreadAbout, threadAbout } from "./marks";
import type { Proposals } from "./proposals";
import type { Review } from "./review";
import { count, fileWith, hunkAt, openIn, sidesOf } from "./sides";
import type { Direction, Steps } from "./steps";

type Decision = "accept" | "reject";

/** What is decided: hunks of a run, or all of them. */
interface Chosen {
  runId: string;
  hunks?: string[];
  /** The cursor goes on to the next hunk: the decision was made with the keyboard. */
  goOn?: boolean;
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
  const decide = async (decision: Decision, choose: () => Promise<Chosen | undefined>) => {
    try {
      const chosen = await choose();
      if (chosen !== undefined) {
        const { runId, hunks } = chosen;
        await (decision === "accept"
          ? accept(proposals, runId, hunks)
          : proposals.reject(runId, hunks));
        if (chosen.goOn && proposals.openCount(runId) > 0) {
          await steps.go("next");
        }
      }
    } catch (error) {
      tellError(error, log);
    }
  };
  const open = async (runId?: unknown) => {
    try {
      await review.open(typeof runId === "string" ? runId : await pickRun(proposals));
    } catch (error) {
      tellError(error, log);
    }
  };
  const both = (["accept", "reject"] as const).flatMap((decision) => [
    commands.registerCommand(`arriero.ui.${decision}All`, (runId?: unknown) =>
      decide(decision, async () => ({
        runId:
          typeof runId === "string"
            ? runId
            : (review.tabs.active ?? steps.fileAtCursor()?.runId ?? (await pickRun(proposals))),
      })),
    ),
    commands.registerCommand(`arriero.ui.${decision}File`, (runId?: unknown, hunk?: unknown) =>
      decide(decision, async () => chooseFile(proposals, steps, runId, hunk)),
    ),
    commands.registerCommand(`arriero.ui.${decision}Hunk`, (runId?: unknown, hunk?: unknown) =>
      decide(decision, async () => chooseHunk(proposals, steps, runId, hunk)),
    ),
  ]);
  const step = (direction: Direction) => async () => {
    try {
      await steps.go(direction);
    } catch (error) {
      tellError(error, log);
    }
  };
  const inFile = async (runId?: unknown) => {
    try {
      await steps.start(typeof runId === "string" ? runId : await pickRun(proposals));
    } catch (error) {
      tellError(error, log);
    }
  };
  return [
    ...both,
    commands.registerCommand("arriero.ui.reviewProposal", open),
    commands.registerCommand("arriero.ui.review.inFile", inFile),
    commands.registerCommand("arriero.ui.review.next", step("next")),
    commands.registerCommand("arriero.ui.review.previous", step("previous")),
  ];
}

async function accept(proposals: Proposals, runId: string, hunks?: string[]): Promise<void> {
  const result = await proposals.accept(runId, hunks);
  const undo: Choice = { title: "Undo", command: "arriero.ui.undo", args: [runId] };
  const stale = result.stale.length;
  if (!result.applied) {
    const reason = result.message || "The change was not applied because the file has changed.";
    void tell("warning", reason);
  } else if (stale > 0) {
    const text = `${count(stale, "hunk")} no longer fits and was left out.`;
    void tell("warning", result.message || text, undo);
  } else if (proposals.openCount(runId) === 0) {
    void tell("info", result.message || "The proposal is applied.", undo);
  } else {
    mention(`Arriero: ${count(result.hunks.length, "hunk")} applied`);
  }
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
