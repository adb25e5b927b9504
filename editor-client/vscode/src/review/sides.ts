import type { FileProposal, Hunk, Proposal } from "../protocol/messages";

export type Side = "left" | "right";

/** Where an open hunk begins in each of the two documents, 0-based. */
export interface Place {
  hunk: Hunk;
  left: number;
  right: number;
}

/** The two texts whose difference is what is still open. */
export interface Sides {
  /** What the user has, as far as it is decided. */
  left: string;
  /** The same with every open hunk. */
  right: string;
  /** The open hunks in order. */
  places: Place[];
}

/** The server carries a proposal over to what was accepted: its texts are the sides as they are. */
export function sidesOf(file: FileProposal): Sides {
  const places: Place[] = [];
  let growth = 0;
  for (const hunk of openIn(file).sort((one, other) => one.line - other.line)) {
    const left = Math.max(0, hunk.line);
    places.push({ hunk, left, right: left + growth });
    growth += hunk.newLines.length - hunk.oldLines.length;
  }
  return { left: file.oldText ?? "", right: file.newText ?? "", places };
}

export function openHunks(proposal: Proposal): Hunk[] {
  return proposal.files.flatMap(openIn);
}

export function openIn(file: FileProposal): Hunk[] {
  return file.hunks.filter((hunk) => hunk.state === "open");
}

export function staleIn(file: FileProposal): Hunk[] {
  return file.hunks.filter((hunk) => hunk.state === "stale");
}

/** The file that a hunk belongs to. Its URI may change when it is renamed, the ids never do. */
export function fileWith(proposal: Proposal, hunkId: string): FileProposal | undefined {
  return proposal.files.find((file) => file.hunks.some(({ id }) => id === hunkId));
}

/** The open hunk at a line of one side, or the next one below it, or the last. */
export function hunkAt(places: readonly Place[], side: Side, line: number): Hunk | undefined {
  const reaching = places.find(({ hunk, [side]: start }) => {
    const height = side === "left" ? hunk.oldLines.length : hunk.newLines.length;
    return line < start + Math.max(1, height);
  });
  return (reaching ?? places.at(-1))?.hunk;
}

/** What a hunk does beyond changing lines, to follow "Accept" and "Reject"; else empty. */
export function nounFor(file: FileProposal, hunk: Hunk): string {
  if (file.kind === "create") {
    return " the new file";
  }
  if (file.kind === "delete") {
    return " the deletion";
  }
  const renames = file.kind === "rename" && hunk.oldLines.length + hunk.newLines.length === 0;
  return renames ? ` the new name ${lastPart(file.newUri ?? file.uri)}` : "";
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function lastPart(uri: string): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf("/") + 1));
}
