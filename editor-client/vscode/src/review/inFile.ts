import { type Disposable, EventEmitter, type TextDocument, window, workspace } from "vscode";
import type { FileProposal } from "../protocol/messages";
import { type Locations, locate } from "./locate";
import type { Proposals } from "./proposals";
import { openIn } from "./sides";

/** What waits for the user in a document: one file of one proposal. */
export interface Waiting extends Locations {
  runId: string;
  label: string;
  file: FileProposal;
}

/** How many proposals of earlier runs are fetched to be shown in their files. */
const mostLoaded = 5;
/** A text that is longer, in characters, is reviewed in the diff alone. */
const longest = 5_000_000;
/** Milliseconds without typing until the hunks are looked for anew. */
const pause = 150;

/**
 * Knows which open hunks lie in which open document, and where they are in the text of now.
 *
 * Where several proposals are about one file, the newest is shown; the others are in the menu.
 */
export class HunksInFile implements Disposable {
  private readonly changes = new EventEmitter<void>();
  /** What `in` answers may have changed for any document. */
  readonly onChange = this.changes.event;
  private readonly kept = new WeakMap<
    TextDocument,
    { version: number; file: FileProposal; where: Locations }
  >();
  private readonly asked = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly disposables: Disposable[];

  constructor(
    private readonly proposals: Proposals,
    private readonly failed: (error: unknown) => void,
  ) {
    this.disposables = [
      this.changes,
      proposals.onChange(() => {
        this.fetch();
        this.changes.fire();
      }),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (this.proposals.runs.length > 0 && document.uri.scheme === "file") {
          clearTimeout(this.timer);
          this.timer = setTimeout(() => this.changes.fire(), pause);
        }
      }),
      window.onDidChangeVisibleTextEditors(() => this.changes.fire()),
    ];
  }

  /** What waits in a document; undefined where nothing does. */
  in(document: TextDocument): Waiting | undefined {
    if (document.uri.scheme !== "file") {
      return undefined;
    }
    const uri = document.uri.toString();
    for (const runId of this.proposals.runs.reverse()) {
      const proposal = this.proposals.get(runId);
      const file = proposal?.files.find((one) => sameUri(one.uri, uri) && openIn(one).length > 0);
      if (proposal !== undefined && file !== undefined) {
        return { runId, label: proposal.label, file, ...this.locate(document, file) };
      }
    }
    return undefined;
  }

  /** The files of a run that have open hunks and are there to be opened. */
  filesOf(runId: string): FileProposal[] {
    const files = this.proposals.get(runId)?.files ?? [];
    return files.filter((file) => file.kind !== "create" && openIn(file).length > 0);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private locate(document: TextDocument, file: FileProposal): Locations {
    const known = this.kept.get(document);
    if (known?.version === document.version && known.file === file) {
      return known.where;
    }
    const text = document.getText();
    const where: Locations = text.length > longest ? { found: [], lost: [] } : locate(file, text);
    this.kept.set(document, { version: document.version, file, where });
    return where;
  }

  /** Proposals that wait from before, such as after the window was reloaded. */
  private fetch(): void {
    if (this.proposals.runs.length === 0) {
      this.asked.clear(); // such as when the server was restarted
    }
    const missing = this.proposals.runs
      .slice(-mostLoaded)
      .filter((runId) => this.proposals.get(runId) === undefined && !this.asked.has(runId));
    for (const runId of missing) {
      this.asked.add(runId); // once: a failure is not tried again and again
      this.proposals.load(runId).catch(this.failed);
    }
  }
}

/** Servers and VS Code differ in what they percent-encode. */
function sameUri(one: string, other: string): boolean {
  return one === other || decoded(one) === decoded(other);
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri; // a stray percent sign
  }
}
