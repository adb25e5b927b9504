import MarkdownIt from "markdown-it";

/** Every form of image needs one of these somewhere, be it in its definition. */
const links = /\]\s{0,8}[([:]/;
/** Elements that load something by an attribute, or without one. */
const loading = /<(?=[A-Za-z][^<>]*[\s/"'][^<>]*=|\/?(?:style|link|script|base|meta)\b)/gi;
const rounds = 8;
/** Characters that are parsed. */
const longest = 200_000;

const reader = new MarkdownIt({ html: true });

/**
 * A model's Markdown for VS Code's own preview, which fetches an image as soon as it is shown: its
 * address can carry out what a model was made to put there. Images and HTML with attributes become
 * the text that they are written as; links stay, and blocks of code are left alone.
 */
export function harmless(markdown: string): string {
  const images = links.test(markdown);
  if (!images && markdown.search(loading) < 0) {
    return markdown;
  }
  // Where these begin something else than Markdown, a block of code in it is none.
  const plain = !markdown.includes("$$") && !markdown.startsWith("---");
  if (plain && markdown.length <= longest) {
    let text = markdown;
    for (let round = 0; round < rounds; round += 1) {
      const safe = outsideCode(text, images);
      if (safe === text) {
        return safe; // read as the preview will read it, there is nothing left to load
      }
      text = safe;
    }
  }
  return inert(markdown, images);
}

function outsideCode(markdown: string, images: boolean): string {
  const code = new Set<number>();
  for (const { type, map } of reader.parse(markdown, {})) {
    if ((type === "fence" || type === "code_block") && map) {
      for (let line = map[0]; line < map[1]; line += 1) {
        code.add(line);
      }
    }
  }
  let safe = "";
  let part = "";
  for (const [number, line] of markdown.split(/(?<=\n)|(?<=\r)(?!\n)/).entries()) {
    if (code.has(number)) {
      safe += inert(part, images) + line;
      part = "";
    } else {
      part += line;
    }
  }
  return safe + inert(part, images);
}

function inert(text: string, images: boolean): string {
  const shown = text.replace(loading, "&lt;");
  return images ? shown.replaceAll("![", "!\\[") : shown;
}
