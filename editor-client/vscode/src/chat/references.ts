import type { Block } from "./acp";
import type { Chip } from "./items";

/** What the server reads as a reference in a prompt (docs/protocol.md: ACP). */
export function referenceOf(chip: Chip): string {
  switch (chip.kind) {
    case "file":
      return `@file ${quoted(chip.name)}${linesOf(chip)}`;
    case "folder":
      return `@folder ${quoted(chip.name)}`;
    case "symbol":
      return `@symbol ${chip.name}`;
    case "problems":
    case "git":
      return `@${chip.kind}`;
    default:
      return `[attached: ${chip.name.replaceAll(/[[\]\n]/g, " ")}]`;
  }
}

/** The blocks of a prompt: the words, and after them what stands beside them. */
export function promptBlocks(text: string, chips: readonly Chip[]): Block[] {
  const words = text.trim();
  const named = chips.filter((chip) => chip.text === "").map(referenceOf);
  const given = chips.filter((chip) => chip.text !== "");
  const blocks: Block[] = [];
  const first = [words, named.join(" ")].filter((part) => part !== "").join("\n\n");
  blocks.push({ type: "text", text: first });
  for (const [at, chip] of given.entries()) {
    const apart = at === 0 && named.length === 0 ? "\n\n" : " ";
    blocks.push({ type: "text", text: apart });
    blocks.push({ type: "resource", resource: { uri: referenceOf(chip), text: chip.text } });
  }
  return blocks;
}

const one =
  /@file (?:"[^"\n]+"|'[^'\n]+')(?::\d+(?:-\d+)?)?|@folder (?:"[^"\n]+"|'[^'\n]+')|@symbol [^\s]+|@problems|@git|\[attached: [^\]\n]*\]/;
const lastLine = new RegExp(`(?:^|\\n\\n)((?:${one.source})(?: (?:${one.source}))*)$`);

/** Parts a prompt from the store into the words and what stood beside them. */
export function readPrompt(prompt: string): { text: string; chips: Chip[] } {
  const found = lastLine.exec(prompt);
  if (found?.[1] === undefined) {
    return { text: prompt, chips: [] };
  }
  const chips = [...found[1].matchAll(new RegExp(one, "g"))].map(([written]) => chipOf(written));
  return { text: prompt.slice(0, found.index), chips };
}

/** What a chip says on its face. */
export function chipLabel(chip: Chip): string {
  switch (chip.kind) {
    case "file":
    case "folder": {
      const name = chip.name.split("/").filter(Boolean).pop() ?? chip.name;
      return chip.kind === "folder" ? `${name}/` : `${name}${linesOf(chip)}`;
    }
    case "problems":
      return "Problems";
    case "git":
      return "Git";
    default:
      return chip.name;
  }
}

export function sameChip(one: Chip, other: Chip): boolean {
  return referenceOf(one) === referenceOf(other) && one.text === other.text;
}

export function chipFor(kind: Chip["kind"], name: string = kind, more: Partial<Chip> = {}): Chip {
  return { kind, name, first: 0, last: 0, text: "", ...more };
}

function chipOf(written: string): Chip {
  const attached = /^\[attached: (.*)\]$/.exec(written);
  if (attached) {
    return chipFor("text", attached[1] ?? "");
  }
  const [, kind = "", rest = ""] = /^@(\w+) ?(.*)$/.exec(written) ?? [];
  if (kind !== "file") {
    return chipFor(kind as Chip["kind"], rest.replaceAll(/^["']|["']$/g, "") || kind);
  }
  const [, name = "", first = "0", last = first] =
    /^["'](.+)["'](?::(\d+)(?:-(\d+))?)?$/.exec(rest) ?? [];
  return chipFor("file", name, { first: Number(first), last: Number(last) });
}

function linesOf({ first, last }: Chip): string {
  if (first === 0) {
    return "";
  }
  return last > first ? `:${first}-${last}` : `:${first}`;
}

function quoted(name: string): string {
  return name.includes('"') ? `'${name}'` : `"${name}"`;
}
