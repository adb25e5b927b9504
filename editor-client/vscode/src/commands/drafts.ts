import type { StopReason } from "../protocol/messages";

/** What was typed for each command and has not led to an answer yet, so that no words are lost. */
export class Drafts {
  private readonly words = new Map<string, string>();

  of(command: string): string {
    return this.words.get(command) ?? "";
  }

  /** Take what was typed; undefined where the box was closed or is empty. */
  typed(command: string, words: string | undefined): string | undefined {
    const prompt = words?.trim();
    if (prompt === undefined) {
      return undefined;
    }
    this.words.set(command, prompt);
    return prompt === "" ? undefined : prompt;
  }

  /** A run has ended: only one that failed leaves its words for another try. */
  ended(command: string, reason: StopReason): void {
    if (reason !== "error") {
      this.words.delete(command);
    }
  }
}
