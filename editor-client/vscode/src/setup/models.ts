import type { Model } from "../protocol/messages";

/** A model that is worth trying first; sizes as Ollama's library tells them. */
export interface Suggestion {
  name: string;
  detail: string;
}

export const suggestions: readonly Suggestion[] = [
  { name: "qwen3:8b", detail: "5.2 GB · works with tools, for 8 GB of graphics memory" },
  { name: "qwen3:4b", detail: "2.5 GB · the same for 4 GB, or a fast processor" },
  { name: "qwen3-coder:30b", detail: "19 GB · for 24 GB of graphics memory" },
  { name: "qwen2.5-coder:1.5b", detail: "1 GB · suggests while you type; too small for tasks" },
];

/** The suggestions that are not there yet. */
export function missing(models: readonly Model[]): Suggestion[] {
  const names = new Set(models.map(({ name }) => plain(name)));
  return suggestions.filter(({ name }) => !names.has(plain(name)));
}

/** A name as it is typed, or a sentence that says what is wrong with it. */
export function nameProblem(typed: string): string | undefined {
  const name = typed.trim();
  if (name === "") {
    return "Type a name, such as qwen3:8b.";
  }
  return /^[\w.-]+(\/[\w.-]+)*(:[\w.-]+)?$/.test(name)
    ? undefined
    : "A name looks like qwen3:8b, or hf.co/owner/model:tag.";
}

function plain(name: string): string {
  return name.replace(/:latest$/, "");
}
