import { isAbsolute } from "node:path";

/** A line of the repo map that names a file, by its path in a folder given by its number. */
export interface Head {
  line: number;
  length: number;
  folder: number;
  path: string;
}

/**
 * The lines of a repo map that name files: "path:" at the beginning of a line. Where several folders
 * are open, a line with a folder's own path comes before its files; those of a folder that is not
 * among `folders` are left out.
 */
export function fileHeads(text: string, folders: readonly string[]): Head[] {
  const heads: Head[] = [];
  let folder = 0;
  for (const [line, words] of text.split("\n").entries()) {
    const path = /^(\S.*):$/.exec(words)?.[1];
    if (path !== undefined && isAbsolute(path)) {
      folder = folders.indexOf(path);
    } else if (path !== undefined && folders[folder] !== undefined) {
      heads.push({ line, length: path.length, folder, path });
    }
  }
  return heads;
}
