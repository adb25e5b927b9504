import { Emitter, type Event } from "vscode-languageserver-protocol";
import type { Api } from "../protocol/api";
import type { AcceptResult, Proposal, ProposalChanged } from "../protocol/messages";
import { openHunks } from "./sides";

/**
 * The proposals that wait for the user, as the server last told them.
 *
 * The server owns the truth: after each decision, and whenever it says that a proposal has changed,
 * the proposal is fetched anew. Answers that were overtaken by a later fetch are dropped.
 */
export class Proposals {
  private readonly loaded = new Map<string, Proposal>();
  private readonly waiting = new Map<string, number>();
  private readonly fetches = new Map<string, number>();
  private readonly changes = new Emitter<string>();

  /** Fires with the run's id when its proposal or the number of its open hunks changed. */
  readonly onChange: Event<string> = this.changes.event;

  constructor(private readonly api: () => Promise<Api>) {}

  /** The proposal if it was loaded before. */
  get(runId: string): Proposal | undefined {
    return this.loaded.get(runId);
  }

  /** Runs with open hunks, oldest first. */
  get runs(): string[] {
    return [...this.waiting].filter(([, open]) => open > 0).map(([runId]) => runId);
  }

  openCount(runId: string): number {
    return this.waiting.get(runId) ?? 0;
  }

  /** Fetch the proposal of a run. Rejects when the server has none. */
  async load(runId: string): Promise<Proposal> {
    const turn = (this.fetches.get(runId) ?? 0) + 1;
    this.fetches.set(runId, turn);
    const proposal = await (await this.api()).proposal(runId);
    if (this.fetches.get(runId) !== turn) {
      return this.loaded.get(runId) ?? proposal;
    }
    this.loaded.set(runId, proposal);
    this.waiting.set(runId, openHunks(proposal).length);
    this.changes.fire(runId);
    return proposal;
  }

  /** The server says that a proposal is new or has changed. */
  async changed({ runId, openHunks: open }: ProposalChanged): Promise<void> {
    this.waiting.set(runId, open);
    if (this.loaded.has(runId)) {
      await this.load(runId);
    } else {
      this.changes.fire(runId);
    }
  }

  /** Runs that the server's status lists as waiting, such as after the window was reloaded. */
  known(runIds: readonly string[]): void {
    for (const runId of runIds) {
      if (!this.waiting.has(runId)) {
        this.waiting.set(runId, 1); // at least one; the fetch for the review counts them
        this.changes.fire(runId);
      }
    }
  }

  async accept(runId: string, hunks?: string[], confirm = false): Promise<AcceptResult> {
    const result = await (await this.api()).accept(runId, hunks, confirm);
    await this.load(runId);
    return result;
  }

  async reject(runId: string, hunks?: string[]): Promise<void> {
    await (await this.api()).reject(runId, hunks);
    await this.load(runId);
  }

  /** The text of it is no longer shown anywhere. */
  forget(runId: string): void {
    this.loaded.delete(runId);
    if (this.openCount(runId) === 0) {
      this.waiting.delete(runId);
      this.fetches.delete(runId);
    }
  }

  /** The connection ended: what the next server has is told by its status. */
  clear(): void {
    const runs = [...this.waiting.keys()];
    this.waiting.clear();
    this.fetches.clear();
    for (const runId of runs) {
      this.changes.fire(runId);
    }
  }
}
