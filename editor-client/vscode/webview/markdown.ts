import MarkdownIt from "markdown-it";
import { highlighted } from "./highlight";

/** A longer text is shown as it is. */
const longest = 400_000;

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
const { escapeHtml } = markdown.utils;

// Only these lead anywhere; all else stays the text that it is.
markdown.validateLink = (href) => /^(?:https?:|mailto:|file:|(?![a-z][a-z\d+.-]*:))/i.test(href);

// A link is no anchor: the page asks the extension to follow it, and the address can be seen.
markdown.renderer.rules.link_open = (tokens, at) => {
  const href = escapeHtml(String(tokens[at]?.attrGet("href") ?? ""));
  return `<span class="link" role="link" tabindex="0" data-href="${href}" title="${href}">`;
};
markdown.renderer.rules.link_close = () => "</span>";

// Nothing is loaded for an answer: an image is its words.
markdown.renderer.rules.image = (tokens, at) =>
  `<span class="image">[image: ${escapeHtml(tokens[at]?.content || "without a description")}]</span>`;

markdown.renderer.rules.fence = (tokens, at) => {
  const token = tokens[at];
  return codeBlock(token?.content ?? "", token?.info.trim().split(/\s+/, 1)[0] ?? "");
};
markdown.renderer.rules.code_block = (tokens, at) => codeBlock(tokens[at]?.content ?? "", "");

// The page and the message have the headings above these.
for (const rule of ["heading_open", "heading_close"] as const) {
  markdown.renderer.rules[rule] = (tokens, at, options, _env, self) => {
    const token = tokens[at];
    if (token !== undefined) {
      token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 2)}`;
    }
    return self.renderToken(tokens, at, options);
  };
}

markdown.renderer.rules.table_open = () => '<div class="table" tabindex="0"><table>\n';
markdown.renderer.rules.table_close = () => "</table></div>\n";

/**
 * Markdown as HTML, one piece for each block, so that of a text that grows only the last one
 * changes. HTML in the text is shown, not followed; the pieces still go through the sanitiser.
 */
export function blocksOf(text: string): string[] {
  if (text.length > longest) {
    return [`<pre tabindex="0">${escapeHtml(text)}</pre>`];
  }
  const env = {};
  const tokens = markdown.parse(text, env);
  const blocks: string[] = [];
  let start = 0;
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    depth += token.nesting;
    if (depth === 0) {
      blocks.push(markdown.renderer.render(tokens.slice(start, at + 1), markdown.options, env));
      start = at + 1;
    }
  }
  return blocks;
}

function codeBlock(code: string, language: string): string {
  const shown = highlighted(code, language.toLowerCase()) ?? escapeHtml(code);
  const name = escapeHtml(language.slice(0, 30));
  return (
    `<div class="code"><div class="bar"><span class="language">${name}</span>` +
    '<button type="button" data-act="copy">Copy</button>' +
    '<button type="button" data-act="insert">Insert</button></div>' +
    `<pre tabindex="0"><code>${shown}</code></pre></div>`
  );
}
