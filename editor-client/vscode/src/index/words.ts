import type { FolderIndex, Meaning } from "../protocol/indexMessages";

/** What the state of an index is called; with the number of files where that says something. */
export function stateWords({ state, files, done }: Omit<FolderIndex, "uri" | "message">): string {
  const progress = `${grouped(done)} of ${grouped(files)} files`;
  switch (state) {
    case "off":
      return "none";
    case "waiting":
      return "waiting for its turn";
    case "scanning":
      return "looking which files there are";
    case "building":
      return `building, ${progress}`;
    case "paused":
      return `${progress}; paused while a run needs the processor`;
    case "ready":
      return `ready, ${grouped(done)} ${done === 1 ? "file" : "files"}`;
  }
}

/** The indexes of all folders, one line for each thing; folders are named where there are several. */
export function indexLines(folders: readonly FolderIndex[]): string[] {
  return folders.flatMap((folder) => {
    const name = folders.length > 1 ? ` of ${folderName(folder.uri)}` : "";
    const { meaning } = folder;
    const lines = [`Index${name}: ${stateWords(folder)}`, folder.message];
    if (meaning) {
      lines.push(`Meaning${name}: ${meaningWords(meaning)}, by ${meaning.model}`, meaning.message);
    }
    return lines.filter(Boolean);
  });
}

function meaningWords({ state, chunks, done }: Meaning): string {
  const progress = `${grouped(done)} of ${grouped(chunks)} passages`;
  switch (state) {
    case "waiting":
      return "waiting for a quiet moment";
    case "embedding":
      return progress;
    case "paused":
      return `${progress}; paused while something else is at work`;
    case "ready":
      return `ready, ${grouped(done)} ${done === 1 ? "passage" : "passages"}`;
    case "failing":
      return `${progress}; failing, and tried again`;
  }
}

/** All folders in a few words; undefined without a folder. */
export function indexSummary(folders: readonly FolderIndex[]): string | undefined {
  // The least ready one speaks for all.
  const order = ["off", "ready", "paused", "building", "scanning", "waiting"];
  const [first] = [...folders].sort(
    (one, other) => order.indexOf(other.state) - order.indexOf(one.state),
  );
  if (first === undefined) {
    return undefined;
  }
  return stateWords({ state: first.state, ...together(folders) });
}

/** Whether an index will be another in a moment, without anything being done. */
export function isMoving({ state }: Pick<FolderIndex, "state">): boolean {
  return state !== "off" && state !== "ready";
}

/** How much of the files is done, in percent. */
export function share(folders: readonly FolderIndex[]): number {
  const { files, done } = together(folders);
  return files === 0 ? 0 : Math.floor((100 * done) / files);
}

function together(folders: readonly FolderIndex[]): { files: number; done: number } {
  const sum = (of: "files" | "done") => folders.reduce((all, folder) => all + folder[of], 0);
  return { files: sum("files"), done: sum("done") };
}

function folderName(uri: string): string {
  return decodeURIComponent(uri.replace(/\/+$/, "").split("/").pop() ?? uri);
}

/** A number with its thousands apart: "12,340". */
export function grouped(number: number): string {
  return number.toLocaleString("en-US");
}
