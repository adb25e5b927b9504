/** What a key does in the message. */
export type KeyDeed = "next" | "previous" | "pick" | "close" | "cancel" | "send";

type Key = Pick<KeyboardEvent, "key" | "shiftKey" | "isComposing">;

/** Undefined for a key that only writes. `offers`: a list is open; `edits`: a message of before. */
export function deedOf(
  { key, shiftKey, isComposing }: Key,
  { offers, edits }: { offers: boolean; edits: boolean },
): KeyDeed | undefined {
  if (isComposing) {
    return undefined; // the key belongs to the input method
  }
  if (offers) {
    const deeds: Record<string, KeyDeed> = {
      ArrowDown: "next",
      ArrowUp: "previous",
      Enter: "pick",
      Tab: "pick",
      Escape: "close",
    };
    return shiftKey ? undefined : deeds[key];
  }
  if (key === "Enter" && !shiftKey) {
    return "send";
  }
  return key === "Escape" && edits ? "cancel" : undefined;
}
