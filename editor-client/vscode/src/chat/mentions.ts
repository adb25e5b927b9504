import { languages, window, workspace } from "vscode";
import type { Server } from "../server/server";
import type { Chip } from "./items";
import type { Mention } from "./messages";
import { nameFor } from "./places";
import { chipFor } from "./references";
import type { Terminals } from "./terminals";

const filesFound = 12;
const foldersFound = 4;
const symbolsFound = 6;
/** Files whose names are looked at for folders, and for a query. */
const filesLookedAt = 3000;

/** What `@` offers in the message: fixed things first, then files, folders and symbols. */
export async function findMentions(
  query: string,
  server: Server,
  terminals: Terminals,
): Promise<Mention[]> {
  const wanted = query.toLowerCase();
  const fixed = fixedMentions(terminals).filter(({ label }) =>
    label.toLowerCase().startsWith(`@${wanted}`),
  );
  const [files, symbols] = await Promise.all([findFiles(wanted), findSymbols(query, server)]);
  return [...fixed, ...files, ...symbols];
}

/** What is selected in the active editor, undefined where nothing is. */
export function selectionChip(): Chip | undefined {
  const editor = window.activeTextEditor;
  if (editor === undefined || editor.selection.isEmpty) {
    return undefined;
  }
  const { document, selection } = editor;
  const name = nameFor(document.uri);
  const first = selection.start.line + 1;
  const ends = selection.end.character === 0 && selection.end.line > selection.start.line;
  const last = selection.end.line + (ends ? 0 : 1);
  return name === undefined
    ? chipFor("text", document.fileName, { text: document.getText(selection) })
    : chipFor("file", name, { first, last });
}

function fixedMentions(terminals: Terminals): Mention[] {
  const selected = selectionChip();
  const terminal = terminals.chip();
  const active = window.activeTextEditor?.document.uri;
  const open = active && nameFor(active);
  const problems = languages.getDiagnostics().reduce((sum, [, some]) => sum + some.length, 0);
  const mention = (chip: Chip, label: string, about: string): Mention => ({ chip, label, about });
  return [
    ...(open ? [mention(chipFor("file", open), "@file", open)] : []),
    ...(selected ? [mention(selected, "@selection", selected.name)] : []),
    mention(chipFor("problems"), "@problems", `${problems} that VS Code knows`),
    mention(chipFor("git"), "@git", "What is changed and staged"),
    ...(terminal ? [mention(terminal, "@terminal", terminal.name)] : []),
  ];
}

async function findFiles(wanted: string): Promise<Mention[]> {
  const escaped = wanted.replaceAll(/[[\]{}*?!\\]/g, "?");
  const pattern = escaped === "" ? "**/*" : `**/*${anyCase(escaped)}*`;
  const inFolder = escaped === "" ? "**/*" : `**/*${anyCase(escaped)}*/**`;
  const [named, below] = await Promise.all([
    workspace.findFiles(pattern, undefined, wanted === "" ? filesFound : 200),
    workspace.findFiles(inFolder, undefined, wanted === "" ? 200 : filesLookedAt),
  ]);
  const files = named.flatMap((uri) => nameFor(uri) ?? []).sort(byLength);
  const folders = new Set<string>();
  for (const uri of below) {
    const name = nameFor(uri);
    const folder = name?.slice(0, Math.max(0, name.lastIndexOf("/")));
    if (folder?.split("/").pop()?.toLowerCase().includes(wanted)) {
      folders.add(folder);
    }
  }
  return [
    ...files.slice(0, filesFound).map((name) => ({
      chip: chipFor("file", name),
      label: lastPart(name),
      about: name,
    })),
    ...[...folders]
      .sort(byLength)
      .slice(0, foldersFound)
      .map((name) => ({
        chip: chipFor("folder", name),
        label: `${lastPart(name)}/`,
        about: name,
      })),
  ];
}

async function findSymbols(query: string, server: Server): Promise<Mention[]> {
  if (query.length < 2 || server.state !== "running") {
    return [];
  }
  const params = { query, kind: "symbol", limit: symbolsFound };
  const answer = await server.client?.sendRequest<{ hits: { uri: string; text: string }[] }>(
    "arriero/search",
    params,
  );
  const names = new Map<string, string>();
  for (const { text, uri } of answer?.hits ?? []) {
    const name = new RegExp(`[\\w$]*${query.replaceAll(/\W/g, "")}[\\w$]*`, "i").exec(text)?.[0];
    if (name) {
      names.set(name, lastPart(decodeURIComponent(uri)));
    }
  }
  return [...names].map(([name, file]) => ({
    chip: chipFor("symbol", name),
    label: name,
    about: `Symbol in ${file}`,
  }));
}

/** A glob that does not tell upper from lower case, as `findFiles` does on its own. */
function anyCase(text: string): string {
  return text.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function byLength(one: string, other: string): number {
  return one.length - other.length || one.localeCompare(other);
}

function lastPart(name: string): string {
  return name.split(/[/\\]/).pop() ?? name;
}
