import { Emitter, type Event } from "vscode-languageserver-protocol";
import type { FolderIndex } from "../protocol/indexMessages";
import { isMoving } from "./words";

/** Between two looks at an index that is being built, in ms. */
const step = 2000;

export interface IndexWatchHooks {
  ask: () => Promise<FolderIndex[]>;
  /** The server did not say it. */
  failed: (error: unknown) => void;
  /** Calls back once after so many ms; answers what calls it off. */
  later?: (call: () => void, milliseconds: number) => () => void;
}

/**
 * Knows how far the indexes are. It looks whenever it is told to, and by itself while they are being
 * built: the server tells only when a state becomes another.
 */
export class IndexWatch {
  private known: readonly FolderIndex[] = [];
  private asking = false;
  private again = false;
  private callOff: (() => void) | undefined;
  /** Answers to what was asked in an earlier life do not count. */
  private life = 0;
  private readonly changes = new Emitter<void>();

  /** Fires when what is known is another. */
  readonly onChange: Event<void> = this.changes.event;

  constructor(private readonly hooks: IndexWatchHooks) {}

  get folders(): readonly FolderIndex[] {
    return this.known;
  }

  /** Ask how far they are; one request at a time. Never rejects. */
  async look(): Promise<void> {
    this.again = true;
    if (this.asking) {
      return;
    }
    this.callOff?.();
    this.asking = true;
    while (this.again) {
      this.again = false;
      await this.ask();
    }
    this.asking = false;
    if (this.known.some((one) => isMoving(one) || one.meaning?.state === "embedding")) {
      const later = this.hooks.later ?? after;
      this.callOff = later(() => void this.look(), step);
    }
  }

  /** The server has gone: nothing is known any more. */
  clear(): void {
    this.life += 1;
    this.callOff?.();
    this.take([]);
  }

  dispose(): void {
    this.clear();
    this.changes.dispose();
  }

  private async ask(): Promise<void> {
    const { life } = this;
    try {
      const folders = await this.hooks.ask();
      if (life === this.life) {
        this.take(folders);
      }
    } catch (error) {
      this.hooks.failed(error);
    }
  }

  private take(folders: readonly FolderIndex[]): void {
    if (JSON.stringify(folders) !== JSON.stringify(this.known)) {
      this.known = folders;
      this.changes.fire();
    }
  }
}

function after(call: () => void, milliseconds: number): () => void {
  const timer = setTimeout(call, milliseconds);
  return () => clearTimeout(timer);
}
