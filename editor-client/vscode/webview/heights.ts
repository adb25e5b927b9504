import type { Item } from "../src/chat/items";

/** About as many characters stand in a line of the side bar, and a line is so many pixels high. */
const lineLength = 48;
const lineHeight = 20;

/** How high an item is likely to be before it was drawn, in pixels. */
export function guess(item: Item | undefined): number {
  switch (item?.kind) {
    case "user":
      return 56 + textHeight(item.text);
    case "answer":
      return item.dropped ? 40 : 24 + textHeight(item.text);
    case "permission":
      return 160;
    case "proposal":
      return 110 + 24 * item.files.length;
    default:
      return 40;
  }
}

/** Guesses that were made, as long as their items are there. */
const guesses = new WeakMap<Item, number>();

function guessOnce(item: Item | undefined): number {
  const before = item && guesses.get(item);
  if (before !== undefined) {
    return before;
  }
  const height = guess(item);
  if (item !== undefined) {
    guesses.set(item, height);
  }
  return height;
}

/** The places of rows in a list, where some heights are known and the others guessed. */
export class Heights {
  private readonly known: (number | undefined)[] = [];
  private tops: number[] = [0];
  private items: readonly (Item | undefined)[] = [];

  /** The list is this one now; with `anew` it has nothing to do with the one before. */
  show(items: readonly (Item | undefined)[], anew: boolean): void {
    if (anew) {
      this.known.length = 0;
    }
    if (anew || items !== this.items) {
      this.tops = [0]; // counted again when it is asked for: an addition for each row
    }
    this.items = items;
  }

  /** A row was measured; returns by how much it is higher than was thought. */
  measured(at: number, height: number): number {
    const before = this.height(at);
    this.known[at] = height;
    if (this.tops.length > at + 1) {
      this.tops.length = at + 1;
    }
    return height - before;
  }

  height(at: number): number {
    return this.known[at] ?? guessOnce(this.items[at]);
  }

  /** Where a row begins; that of the row after the last one is the height of all. */
  top(at: number): number {
    for (let next = this.tops.length; next <= at; next += 1) {
      this.tops[next] = (this.tops[next - 1] ?? 0) + this.height(next - 1);
    }
    return this.tops[at] ?? 0;
  }

  get total(): number {
    return this.top(this.items.length);
  }

  /** The rows that lie between two heights: the first, and the one after the last. */
  between(from: number, to: number): [first: number, end: number] {
    const first = this.rowAt(from);
    let end = first;
    while (end < this.items.length && this.top(end) < to) {
      end += 1;
    }
    return [first, end];
  }

  private rowAt(y: number): number {
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.top(middle + 1) <= y) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Math.min(low, Math.max(0, this.items.length - 1));
  }
}

function textHeight(text: string): number {
  let lines = 0;
  for (const line of text.slice(0, 20_000).split("\n")) {
    lines += Math.max(1, Math.ceil(line.length / lineLength));
  }
  return lines * lineHeight;
}
