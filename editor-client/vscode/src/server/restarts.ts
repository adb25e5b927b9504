/**
 * Whether a server that ended by itself is started again.
 *
 * One that never got to run would only fail again in the same way; one that keeps dying is left
 * after `limit` restarts within `window` milliseconds.
 */
export class RestartPolicy {
  private running = false;
  private restarts: number[] = [];

  constructor(
    private readonly now: () => number = Date.now,
    private readonly limit = 4,
    private readonly window = 3 * 60_000,
  ) {}

  /** The server answered `initialize`. */
  started(): void {
    this.running = true;
  }

  /** The connection closed without our asking; returns whether to start again. */
  closed(): boolean {
    const ran = this.running;
    this.running = false;
    const now = this.now();
    this.restarts = this.restarts.filter((time) => now - time < this.window);
    if (!ran || this.restarts.length >= this.limit) {
      return false;
    }
    this.restarts.push(now);
    return true;
  }
}
