import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import type { Item } from "../src/chat/items";
import { Heights } from "./heights";
import { Icon } from "./icons";
import { labelOf } from "./items/item";

/** Rows are drawn this far beyond what is seen, in pixels. */
const beyond = 500;
/** Within this distance of its end, in pixels, the list follows what is added. */
const near = 40;

interface Props {
  /** Another number is another list. */
  list: number;
  items: readonly (Item | undefined)[];
  waits: boolean;
  row: (item: Item) => ComponentChildren;
  children?: ComponentChildren;
}

/**
 * A list of which only the rows in sight are in the page. Rows that are higher than was guessed do
 * not move what the user looks at; at its end the list follows what is added.
 */
export function List({ list, items, waits, row, children }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const heights = useRef(new Heights()).current;
  const follows = useRef(true);
  const shownList = useRef(-1);
  const [, draw] = useReducer((turn: number) => turn + 1, 0);

  const anew = shownList.current !== list;
  if (anew) {
    shownList.current = list;
    follows.current = true;
  }
  heights.show(items, anew);

  const box = scroller.current;
  const height = box?.clientHeight ?? 800;
  const top = follows.current ? Math.max(0, heights.total - height) : (box?.scrollTop ?? 0);
  const [first, end] = heights.between(top - beyond, top + height + beyond);

  const observer = useRef<ResizeObserver>(undefined);
  useEffect(() => {
    const watch = new ResizeObserver((entries) => {
      if (measure(entries, heights, scroller.current)) {
        draw(undefined);
      }
      toEnd(scroller.current, follows.current);
    });
    observer.current = watch;
    for (const one of rows.current?.children ?? []) {
      watch.observe(one);
    }
    if (scroller.current !== null) {
      watch.observe(scroller.current);
    }
    return () => watch.disconnect();
  }, []);

  useLayoutEffect(() => {
    for (const one of rows.current?.children ?? []) {
      observer.current?.observe(one); // once for each row, however often it is said
    }
    toEnd(scroller.current, follows.current);
  });

  const scrolled = () => {
    const now = scroller.current;
    if (now !== null) {
      follows.current = now.scrollHeight - now.scrollTop - now.clientHeight < near;
      draw(undefined);
    }
  };
  const down = () => {
    follows.current = true;
    draw(undefined);
  };

  return (
    <div class="middle">
      <div
        class="scroller"
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
        tabIndex={0}
        onScroll={scrolled}
        onKeyDown={walk}
        role="feed"
        aria-label="Conversation"
        aria-busy={items.includes(undefined)}
      >
        <div
          ref={rows}
          role="presentation"
          style={{
            paddingTop: `${heights.top(first)}px`,
            paddingBottom: `${Math.max(0, heights.total - heights.top(end))}px`,
          }}
        >
          {items.slice(first, end).map((item, nth) => (
            <article
              key={`${list}-${first + nth}`}
              class={`row of-${item?.kind ?? "missing"}`}
              data-at={first + nth}
              tabIndex={-1}
              aria-label={item && labelOf(item)}
              aria-posinset={first + nth + 1}
              aria-setsize={items.length}
            >
              {item && row(item)}
            </article>
          ))}
        </div>
        {/* A feed has articles, and no other: one is what an empty one shows. */}
        {items.length === 0 && <article aria-label="Arriero">{children}</article>}
      </div>
      {!follows.current && items.length > 0 && (
        <button type="button" class={waits ? "down main" : "down plain"} onClick={down}>
          <Icon name="down" /> {waits ? "A question waits" : "To the end"}
        </button>
      )}
    </div>
  );
}

/** Take in the heights of rows; keeps what is seen in its place. Tells whether any is another. */
function measure(
  entries: readonly ResizeObserverEntry[],
  heights: Heights,
  scroller: HTMLElement | null,
): boolean {
  let above = 0;
  let other = false;
  for (const { target, borderBoxSize } of entries) {
    const at = target instanceof HTMLElement ? target.dataset.at : undefined;
    const height = borderBoxSize[0]?.blockSize ?? 0;
    if (at === undefined || !target.isConnected) {
      other = true; // the box itself: it shows more or fewer rows now
      continue;
    }
    const bottom = heights.top(Number(at) + 1);
    const growth = heights.measured(Number(at), height);
    other ||= growth !== 0;
    if (scroller !== null && bottom <= scroller.scrollTop) {
      above += growth;
    }
  }
  if (scroller !== null && above !== 0) {
    scroller.scrollTop += above;
  }
  return other;
}

function toEnd(scroller: HTMLElement | null, follows: boolean): void {
  if (scroller !== null && follows) {
    scroller.scrollTop = scroller.scrollHeight;
  }
}

/** The keys of a feed: Page Up and Page Down go from article to article once one has the focus. */
function walk(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const article = target.closest<HTMLElement>("article");
  const steps: Record<string, -1 | 1> = { PageUp: -1, PageDown: 1 };
  const step = steps[event.key];
  if (article === null || step === undefined) {
    return;
  }
  const next = step === 1 ? article.nextElementSibling : article.previousElementSibling;
  if (next instanceof HTMLElement) {
    event.preventDefault();
    next.focus();
  }
}
