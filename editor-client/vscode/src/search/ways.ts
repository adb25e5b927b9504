import type { SearchKind } from "../protocol/indexMessages";

/** A way to search, as the user chooses it. */
export interface Way {
  kind: SearchKind;
  /** A codicon. */
  icon: string;
  title: string;
  placeholder: string;
}

export const ways: readonly [Way, ...Way[]] = [
  {
    kind: "auto",
    icon: "search",
    title: "words, names, paths and history",
    placeholder: "where are amounts split",
  },
  {
    kind: "symbol",
    icon: "symbol-method",
    title: "names that are defined",
    placeholder: "split_evenly",
  },
  { kind: "text", icon: "whole-word", title: "a text as it is", placeholder: "TODO: remove" },
  {
    kind: "regex",
    icon: "regex",
    title: "a regular expression",
    placeholder: "def \\w+_evenly",
  },
  {
    kind: "semantic",
    icon: "lightbulb",
    title: "by meaning",
    placeholder: "sharing a sum among people",
  },
];
