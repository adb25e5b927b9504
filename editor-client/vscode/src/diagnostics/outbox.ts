import type { Diagnostic } from "vscode-languageserver-protocol";
import type { FileDiagnostics } from "../protocol/messages";

/** Problems of one file that are sent at most; the most severe go first. */
export const mostPerFile = 200;

/** Files of one notification at most: the server reads each at one go, and others wait for it. */
export const mostFiles = 100;

export interface Timer {
  /** Call `run` after `delay` milliseconds; the answer calls it off. */
  after(delay: number, run: () => void): () => void;
}

/**
 * Collects the files whose problems changed and sends them together when the editor has been quiet
 * for `delay` milliseconds, and at the latest `patience` milliseconds after the first change.
 */
export class Outbox {
  private readonly changed = new Set<string>();
  private since: number | undefined;
  private callOff: (() => void) | undefined;

  constructor(
    private readonly read: (uri: string) => Diagnostic[],
    private readonly send: (files: FileDiagnostics[]) => void,
    private readonly timer: Timer,
    private readonly now: () => number = Date.now,
    private readonly delay = 300,
    private readonly patience = 2000,
  ) {}

  add(uris: Iterable<string>): void {
    for (const uri of uris) {
      this.changed.add(uri);
    }
    if (this.changed.size === 0) {
      return;
    }
    this.since ??= this.now();
    const left = this.since + this.patience - this.now();
    this.callOff?.();
    this.callOff = this.timer.after(Math.max(0, Math.min(this.delay, left)), () => this.flush());
  }

  /** Forget what was not yet sent. */
  clear(): void {
    this.callOff?.();
    this.callOff = undefined;
    this.since = undefined;
    this.changed.clear();
  }

  private flush(): void {
    const files = [...this.changed].map((uri) => ({ uri, diagnostics: worst(this.read(uri)) }));
    this.clear();
    for (let from = 0; from < files.length; from += mostFiles) {
      this.send(files.slice(from, from + mostFiles));
    }
  }
}

function worst(diagnostics: Diagnostic[]): Diagnostic[] {
  if (diagnostics.length <= mostPerFile) {
    return diagnostics;
  }
  const bySeverity = [...diagnostics].sort(
    (one, other) => (one.severity ?? 1) - (other.severity ?? 1),
  );
  return bySeverity.slice(0, mostPerFile);
}
