import type { SearchHit } from "../protocol/indexMessages";

/** The line of a hit that says most, 0-based in its file, and its text on one line. */
export interface Excerpt {
  line: number;
  text: string;
}

const mostReasons = 3;
const longest = 240;
/** Letters of a word that says something. */
const shortest = 4;

/** The line with the most different words of the query; of several the first. */
export function excerpt(hit: SearchHit, query: string): Excerpt {
  const words = wordsOf(query);
  let best = { at: 0, text: "", score: -1 };
  for (const [at, line] of hit.text.split("\n").entries()) {
    const text = line.replace(/\s+/g, " ").trim();
    const lower = text.toLowerCase();
    const score = words.filter((word) => lower.includes(word)).length;
    if (text !== "" && score > best.score) {
      best = { at, text, score };
    }
  }
  return { line: hit.range.start.line + best.at, text: shortened(best.text) };
}

/** The different words of a query; the short ones, such as "the", only where there is no other. */
function wordsOf(query: string): string[] {
  const words = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [])];
  const long = words.filter((word) => word.length >= shortest);
  return long.length > 0 ? long : words;
}

/** The strongest reasons on one line. */
export function reasons({ why }: SearchHit): string {
  return why.slice(0, mostReasons).join("; ");
}

/** A text that a list shows as it is: VS Code would take `$(name)` for the icon of that name. */
export function withoutIcons(text: string): string {
  return text.replace(/\\?\$\([A-Za-z0-9~-]+\)/g, (icon) =>
    icon.startsWith("\\") ? icon : `\\${icon}`,
  );
}

/** What to look for when a search begins: the selection, if that is a part of one line. */
export function seed(selected: string): string {
  const text = selected.trim();
  return text.length <= 100 && !/[\r\n]/.test(text) ? text : "";
}

function shortened(text: string): string {
  const points = [...text];
  return points.length <= longest ? text : `${points.slice(0, longest - 1).join("")}…`;
}
