import { type CancellationToken, CancellationTokenSource } from "vscode-languageserver-protocol";

export interface LatestHooks<Q, A> {
  ask: (question: Q, token: CancellationToken) => Promise<A>;
  answered: (answer: A, question: Q) => void;
  failed: (error: unknown, question: Q) => void;
  /** Whether an answer is awaited. */
  busy: (busy: boolean) => void;
}

/**
 * Asks for what was wanted last, such as while the user types: after a short pause, with one request
 * on its way at a time. What is wanted anew cancels what is on its way, whose answer is dropped.
 */
export class Latest<Q, A> {
  private wanted: { question: Q } | undefined;
  private pause: NodeJS.Timeout | undefined;
  private flying: CancellationTokenSource | undefined;

  constructor(private readonly hooks: LatestHooks<Q, A>) {}

  /** `pause` in ms; what is wanted again within it takes its place. */
  want(question: Q, pause: number): void {
    this.drop();
    this.wanted = { question };
    this.hooks.busy(true);
    this.pause = setTimeout(() => {
      this.pause = undefined;
      void this.next();
    }, pause);
  }

  /** Nothing is wanted any more. */
  drop(): void {
    clearTimeout(this.pause);
    this.pause = undefined;
    this.wanted = undefined;
    this.flying?.cancel();
    this.hooks.busy(false);
  }

  private async next(): Promise<void> {
    // While one is on its way, its end calls again.
    if (this.flying !== undefined || this.pause !== undefined || this.wanted === undefined) {
      return;
    }
    const { question } = this.wanted;
    this.wanted = undefined;
    const source = new CancellationTokenSource();
    this.flying = source;
    const settled = await this.settle(question, source.token);
    this.flying = undefined;
    if (!source.token.isCancellationRequested) {
      this.hooks.busy(false);
      settled();
    }
    source.dispose();
    await this.next();
  }

  /** What is to be done about the answer, unless it comes too late. */
  private async settle(question: Q, token: CancellationToken): Promise<() => void> {
    try {
      const answer = await this.hooks.ask(question, token);
      return () => this.hooks.answered(answer, question);
    } catch (error) {
      return () => this.hooks.failed(error, question);
    }
  }
}
