import type { FileProposal, HunkState, Proposal } from "../protocol/messages";
import type { ProposalFile, ProposalItem } from "./items";

/** How many files and hunks a proposal has, and what became of them. */
export function proposalItem(proposal: Proposal, nameOf: (uri: string) => string): ProposalItem {
  const states = proposal.files.flatMap(({ hunks }) => hunks.map(({ state }) => state));
  const count = (wanted: HunkState) => states.filter((state) => state === wanted).length;
  return {
    kind: "proposal",
    id: idOf(proposal.runId),
    runId: proposal.runId,
    files: proposal.files.map((file) => fileOf(file, nameOf)),
    open: count("open"),
    accepted: count("accepted"),
    rejected: count("rejected"),
    stale: count("stale"),
    undone: false,
    known: true,
  };
}

/** The card of a run of before, which is asked for when it comes into sight. */
export function unseenProposal(runId: string): ProposalItem {
  const counts = { open: 0, accepted: 0, rejected: 0, stale: 0, undone: false };
  return { kind: "proposal", id: idOf(runId), runId, files: [], ...counts, known: false };
}

function idOf(runId: string): string {
  return `proposal-${runId}`;
}

function fileOf(file: FileProposal, nameOf: (uri: string) => string): ProposalFile {
  const sum = (of: (hunk: FileProposal["hunks"][number]) => number) =>
    file.hunks.reduce((total, hunk) => total + of(hunk), 0);
  return {
    uri: file.uri,
    name: file.newUri ? `${nameOf(file.uri)} → ${nameOf(file.newUri)}` : nameOf(file.uri),
    change: file.kind,
    added: sum(({ newLines }) => newLines.length),
    removed: sum(({ oldLines }) => oldLines.length),
    open: file.hunks.filter(({ state }) => state === "open").length,
  };
}
