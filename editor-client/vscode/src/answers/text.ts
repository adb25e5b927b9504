/** The first line of a Markdown text as one plain line for a notification, at most `limit` long. */
export function firstLine(markdown: string, limit = 200): string {
  const line = markdown
    .split(/\r\n|\r|\n/)
    .map((text) => text.trim())
    .find((text) => text !== "" && !text.startsWith("```"));
  const plain = (line ?? "")
    .replace(/^(#{1,6}|[-*+]|\d+[.)]|>)\s+/, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|`)(.+?)\1/g, "$2");
  const points = [...plain];
  return points.length <= limit ? plain : `${points.slice(0, limit - 1).join("")}…`;
}

/**
 * A commit message as the commit box wants it: without the fence or the quotes that a model
 * likes to put around it.
 */
export function commitText(message: string): string {
  const fenced = /^\s*```[^\n]*\n([\s\S]*?)\n?```\s*$/.exec(message);
  const text = (fenced?.[1] ?? message).trim();
  const quoted = /^(["'`])((?:(?!\1)[^\n])*)\1$/.exec(text);
  return quoted?.[2] ?? text;
}
