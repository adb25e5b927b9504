import type { FileProposal, Hunk } from "../protocol/messages";
import { count, nounFor } from "./sides";

/** Lines of a hunk that are shown in its box in the file; the rest is in the diff. */
export const mostShown = 60;

/** What stands in the box of a hunk: lines of a diff, and a sentence in Markdown. */
export interface Added {
  code: string;
  note: string;
}

export function addedText(file: FileProposal, hunk: Hunk): Added {
  const lines = hunk.newLines.map((line) => `+ ${line.replace(/\r?\n$|\r$/, "")}`);
  const shown = lines.length > mostShown ? lines.slice(0, mostShown) : lines;
  const left = lines.length - shown.length;
  const noun = nounFor(file, hunk);
  const notes = [
    left > 0 ? `${count(left, "further line")} in the diff.` : "",
    noun === "" ? "" : `This is${noun}.`,
    lines.length === 0 && noun === "" ? "The marked lines are taken out." : "",
  ];
  return { code: shown.join("\n"), note: notes.filter(Boolean).join(" ") };
}

/** The title of a hunk's box; `number` counts from 0. */
export function headline(hunk: Hunk, number: number, of: number): string {
  const parts = [
    hunk.newLines.length > 0 ? `+${hunk.newLines.length}` : "",
    hunk.oldLines.length > 0 ? `−${hunk.oldLines.length}` : "",
  ];
  return [`Change ${number + 1} of ${of}`, parts.filter(Boolean).join(" ")]
    .filter(Boolean)
    .join("  ");
}
