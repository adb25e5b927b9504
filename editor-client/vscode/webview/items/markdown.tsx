import { useLayoutEffect, useRef } from "preact/hooks";
import { cleaned } from "../clean";
import { blocksOf } from "../markdown";

/**
 * A text as Markdown. Of a text that grows only the blocks that became others are drawn anew, so
 * that what the user has selected in the rest stays selected.
 */
export function Markdown({ text }: { text: string }) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<string[]>([]);
  useLayoutEffect(() => {
    const blocks = blocksOf(text);
    if (place.current !== null) {
      draw(place.current, drawn.current, blocks);
    }
    drawn.current = blocks;
  }, [text]);
  return <div class="markdown" ref={place} />;
}

function draw(place: HTMLElement, before: readonly string[], after: readonly string[]): void {
  for (const [at, html] of after.entries()) {
    if (before[at] !== html) {
      const block = document.createElement("div");
      block.append(cleaned(html));
      const old = place.children[at];
      if (old === undefined) {
        place.append(block);
      } else {
        old.replaceWith(block);
      }
    }
  }
  while (place.children.length > after.length) {
    place.lastElementChild?.remove();
  }
}
