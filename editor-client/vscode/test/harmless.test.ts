import assert from "node:assert/strict";
import test from "node:test";
import MarkdownIt from "markdown-it";
import { harmless } from "../src/answers/harmless";

const preview = new MarkdownIt({ html: true, linkify: true });
const image = "![x](https://evil.example/?q=1)";

/** What a preview of the text would fetch. */
function loaded(markdown: string): string[] {
  return preview.render(markdown).match(/<[a-z]+[^<>]*\s(?:src|href|style|data)=[^<>]*>/gi) ?? [];
}

function fetched(markdown: string): string[] {
  return loaded(markdown).filter((tag) => !tag.startsWith("<a "));
}

for (const text of [
  `Look: ${image}`,
  "![x][r]\n\n[r]: https://evil.example/a.png",
  "![r]\n\n[r]: https://evil.example/a.png",
  '<img src="https://evil.example/a.png">',
  "<img\nsrc=https://evil.example/a.png>",
  "<p>a</p><svg><image href='https://evil.example'/></svg>",
  '<div style="background:url(https://evil.example)">a</div>',
  "<style>@import url(https://evil.example);</style>",
  ` \`\`\`\ncode\n\`\`\`\n${image}`,
  `- \`\`\`\n  code\n  \`\`\`\n${image}`,
  `- a\n  \`\`\`\n${image}`,
  `> \`\`\`\n${image}`,
  `~~~\r~~~\r${image}`,
  `<div x=1>\n\`\`\`\n</div>\n\n\`\`\`\n${image}\n\`\`\`\n`,
  `$$\n\`\`\`\n$$\n${image}\n`,
  `---\n\`\`\`\n---\n${image}\n`,
  `\`a ${image}`,
  `| a |\n|---|\n| ${image} |`,
]) {
  test(`nothing is loaded for ${JSON.stringify(text)}`, () => {
    assert.deepEqual(fetched(harmless(text)), []);
    assert.ok(!harmless(text).includes(image) || !fetched(text).length);
  });
}

test("whatever the pieces are, nothing is loaded", () => {
  const pieces = [
    image,
    "```",
    "~~~",
    "\n",
    "\n\n",
    "- ",
    "> ",
    "  ",
    "    ",
    "`",
    "<div x=1>",
    "</div>",
  ];
  let seed = 7;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: 2 + next(14) }, () => pieces[next(pieces.length)]).join("");
    assert.deepEqual(fetched(harmless(text)), [], JSON.stringify(text));
  }
});

test("what loads nothing stays as it is", () => {
  for (const text of [
    "let a = vec![1, 2];",
    '```html\n<img src="a.png">\n![x](y)\n```\n',
    "A [link](https://example.com) and `<div>` and a < b = c > d.",
  ]) {
    assert.equal(harmless(text), text);
  }
});
