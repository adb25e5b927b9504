import type { Proposal, RunStatus } from "../protocol/messages";
import type { Acp } from "./acp";
import type { Draft, ToView } from "./messages";
import type { Keeper } from "./waiting";

/** What the chat needs of the editor around it. */
export interface Surroundings extends Keeper {
  acp: () => Promise<Acp>;
  /** A folder that is open, undefined with none. */
  folder: () => string | undefined;
  post: (message: ToView) => void;
  /** The session that was shown last in this workspace. */
  remembered: () => string | undefined;
  remember: (sessionId: string) => void;
  /** What was being written when the page was there last; it has a memory of its own, but VS Code
   * may lose that with the window. */
  draft: () => Draft | undefined;
  /** A run's proposal, undefined where it has none; `fresh`: as the server has it now. */
  proposal: (runId: string, fresh: boolean) => Promise<Proposal | undefined>;
  nameOf: (uri: string) => string;
  /** The runs of the workspace that the server has told of last. */
  runs: () => readonly RunStatus[];
  /** Something in a session waits for the user; `shown`: it is the one that the page shows. */
  attention: (sessionId: string, title: string, shown: boolean) => void;
  failed: (error: unknown) => void;
}
