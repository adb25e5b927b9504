import type { FileProposal, Hunk } from "../protocol/messages";
import { openIn } from "./sides";

/** Where an open hunk is in the text that the user has now; lines are 0-based. */
export interface Located {
  hunk: Hunk;
  line: number;
}

/** Open hunks in the order of their lines; `lost` are those whose lines were changed. */
export interface Locations {
  found: Located[];
  lost: Hunk[];
}

/**
 * Find the open hunks of a file in a text that may have been changed since they were made.
 *
 * What stands before the first and after the last change keeps its distance to the text's begin and
 * end. Between them the lines that a hunk replaces are looked for, and those around it tell which of
 * several places is meant. Where that stays in doubt the hunk is lost: the diff still shows it.
 */
export function locate(file: FileProposal, current: string): Locations {
  const before = linesOf(file.oldText ?? "");
  const now = linesOf(current);
  const head = sameFromStart(before, now);
  const tail = sameFromEnd(before, now, head);
  const growth = now.length - before.length;
  const found: Located[] = [];
  const lost: Hunk[] = [];
  for (const hunk of openIn(file).sort((one, other) => one.line - other.line)) {
    const start = Math.max(0, hunk.line);
    const end = start + hunk.oldLines.length;
    const line =
      end <= head && (hunk.oldLines.length > 0 || start < head || growth === 0)
        ? start
        : start >= before.length - tail
          ? start + growth
          : search(hunk, before, now, start);
    if (line === undefined) {
      lost.push(hunk);
    } else {
      found.push({ hunk, line });
    }
  }
  return { found, lost };
}

/** The hunk that a line belongs to: one that replaces it, or that is inserted above it. */
export function atLine(places: readonly Located[], line: number): Located | undefined {
  return places.find(
    (place) => line >= place.line && line < place.line + Math.max(1, place.hunk.oldLines.length),
  );
}

/** The first hunk below a line, or the last one above it; undefined where there is none. */
export function beside(
  places: readonly Located[],
  line: number,
  direction: "next" | "previous",
): Located | undefined {
  return direction === "next"
    ? places.find((place) => place.line > line)
    : places.filter((place) => place.line < line).at(-1);
}

/** Without line ends, so that a text with others is the same. */
function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

function sameFromStart(one: readonly string[], other: readonly string[]): number {
  const most = Math.min(one.length, other.length);
  let same = 0;
  while (same < most && one[same] === other[same]) {
    same += 1;
  }
  return same;
}

function sameFromEnd(one: readonly string[], other: readonly string[], head: number): number {
  const most = Math.min(one.length, other.length) - head;
  let same = 0;
  while (same < most && one[one.length - 1 - same] === other[other.length - 1 - same]) {
    same += 1;
  }
  return same;
}

/** Where a hunk's lines are now; undefined where they are not, or in several places alike. */
function search(
  hunk: Hunk,
  before: readonly string[],
  now: readonly string[],
  start: number,
): number | undefined {
  const wanted = hunk.oldLines.map((line) => line.replace(/\r?\n$|\r$/, ""));
  const above = before[start - 1];
  const below = before[start + wanted.length];
  let best: { line: number; score: number; alone: boolean } | undefined;
  for (let line = 0; line <= now.length - wanted.length; line += 1) {
    const score = Number(now[line - 1] === above) + Number(now[line + wanted.length] === below);
    if (
      score >= (best?.score ?? least(wanted)) &&
      wanted.every((one, row) => now[line + row] === one)
    ) {
      best = { line, score, alone: best === undefined || score > best.score };
    }
  }
  return best?.alone ? best.line : undefined;
}

/** Of the two lines around a hunk, how many must be as before; more where it replaces no line. */
function least(wanted: readonly string[]): number {
  return wanted.length === 0 ? 1 : 0;
}
