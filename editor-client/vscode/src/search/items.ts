import type { SearchAnswer, SearchHit } from "../protocol/indexMessages";
import { excerpt, reasons, withoutIcons } from "./hits";

/** A row of the list: a hit, or a sentence; `does` is what choosing it does. */
export interface Row {
  label: string;
  description?: string;
  detail?: string;
  does: { open: Target } | "again" | "more" | "nothing";
}

/** Where a hit is: lines are 0-based, `end` is the first after it, `line` the one to go to. */
export interface Target {
  uri: string;
  line: number;
  first: number;
  end: number;
}

/** The list for what was found so far; `name` is how a file is called in this workspace. */
export function rowsOf(
  { hits, note, cursor }: Pick<SearchAnswer, "hits" | "note" | "cursor">,
  query: string,
  name: (uri: string) => string,
): Row[] {
  const rows: Row[] = hits.map((hit) => hitRow(hit, query, name));
  if (note !== "") {
    rows.unshift({ label: `$(info) ${withoutIcons(note)}`, does: "again" });
  }
  if (hits.length === 0) {
    rows.push({ label: "Nothing was found.", does: "nothing" });
  }
  if (cursor) {
    rows.push({ label: "$(ellipsis) Show more", does: "more" });
  }
  return rows;
}

/** The list when a search has failed. */
export function failureRows(sentence: string): Row[] {
  return [{ label: `$(warning) ${withoutIcons(sentence)}`, does: "again" }];
}

function hitRow(hit: SearchHit, query: string, name: (uri: string) => string): Row {
  const { line, text } = excerpt(hit, query);
  const { start, end } = hit.range;
  return {
    label: withoutIcons(`${name(hit.uri)}:${line + 1}`),
    description: withoutIcons(reasons(hit)),
    detail: withoutIcons(text),
    does: { open: { uri: hit.uri, line, first: start.line, end: end.line } },
  };
}
