/** The commands that start a run. Their ids in VS Code are `arriero.ui.<name>`. */

export type CommandName =
  | "ask"
  | "edit"
  | "agent"
  | "fix"
  | "explain"
  | "document"
  | "test"
  | "review"
  | "commitMessage"
  | "followComment";

/**
 * What of the editor goes along. An empty selection is sent as the cursor's place for "cursor",
 * and left out for "selection", where it means the whole document.
 */
export type Target = "cursor" | "selection" | "document";

export interface CommandSpec {
  name: CommandName;
  /** The server's command. */
  server: string;
  /** Shown while it runs. */
  title: string;
  target: Target;
  /** False: the command also makes sense when no file is open. */
  needsEditor: boolean;
  /** The question to the user, where the command needs one. */
  prompt?: { title: string; placeholder: string };
  sendsProblems: boolean;
  /** "answer": text to read; "edit": a proposal; "commit": a text for the commit box. */
  result: "answer" | "edit" | "commit";
}

const specs: CommandSpec[] = [
  {
    ...spec("ask", "Answering", "selection", "answer"),
    needsEditor: false,
    prompt: { title: "Ask Arriero", placeholder: "What does this project's build do?" },
  },
  {
    ...spec("edit", "Editing", "selection", "edit"),
    prompt: { title: "Edit with Arriero", placeholder: "Use a dataclass here" },
  },
  {
    ...spec("agent", "Working", "selection", "edit"),
    needsEditor: false,
    prompt: { title: "Give Arriero a task", placeholder: "Make the failing test pass" },
  },
  { ...spec("fix", "Fixing", "cursor", "edit"), sendsProblems: true },
  { ...spec("explain", "Explaining", "cursor", "answer"), sendsProblems: true },
  spec("document", "Adding documentation", "cursor", "edit"),
  spec("test", "Writing tests", "cursor", "edit"),
  { ...spec("review", "Reviewing", "selection", "answer"), sendsProblems: true },
  {
    ...spec("commitMessage", "Writing a commit message", "document", "commit"),
    needsEditor: false,
  },
  spec("followComment", "Following the comment", "cursor", "edit"),
];

export const catalog: readonly CommandSpec[] = specs;

/** The entry for a server command such as "arriero.edit"; undefined for one that starts no run. */
export function specOf(serverCommand: string): CommandSpec | undefined {
  return catalog.find((entry) => entry.server === serverCommand);
}

function spec(
  name: CommandName,
  title: string,
  target: Target,
  result: CommandSpec["result"],
): CommandSpec {
  const server = `arriero.${name}`;
  return { name, server, title, target, result, needsEditor: true, sendsProblems: false };
}
