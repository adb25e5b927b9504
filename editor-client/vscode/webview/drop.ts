/** VS Code's own kind of data for what is dragged from its explorer and its tabs. */
const ownKind = "application/vnd.code.uri-list";

/** The addresses of files that were dropped; a list of addresses is as RFC 2483 gives it. */
export function dropped(data: Pick<DataTransfer, "getData"> | null): string[] {
  const list = data?.getData(ownKind) || data?.getData("text/uri-list") || "";
  const lines = list.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
  return lines.filter((line) => /^(?:file|vscode-remote):/.test(line));
}
