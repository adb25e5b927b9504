/** An `@` that is being typed: where it stands, and what follows it up to the cursor. */
export interface MentionTyped {
  start: number;
  end: number;
  query: string;
}

/** The mention at the cursor, undefined where the cursor is in none. */
export function mentionAt(text: string, caret: number): MentionTyped | undefined {
  const found = /(?:^|\s)@([\w./-]*)$/.exec(text.slice(0, caret));
  const query = found?.[1];
  return query === undefined ? undefined : { start: caret - query.length - 1, end: caret, query };
}

/** The text without what was typed of a mention, which has become a chip. */
export function withoutMention(text: string, { start, end }: MentionTyped): string {
  return text.slice(0, start) + text.slice(end).replace(/^ /, "");
}
