/** A path and the line that is written behind it, as `a.py:12` or `a.py#L12`; 0 where none is. */
export function placeOf(href: string): { path: string; line: number } {
  const [, path = href, line = "0"] = /^(.*?)(?:(?::|#L)(\d+)(?:[-:,]L?\d+)*)?$/.exec(href) ?? [];
  return { path, line: Number(line) };
}

/** A path of a link without its percent signs; one that was not encoded stays as it is. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
