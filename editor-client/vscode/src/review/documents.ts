import { type Disposable, EventEmitter, Uri, workspace } from "vscode";
import type { FileProposal } from "../protocol/messages";
import { decodeQuery, encodeQuery, finalUri, proposalScheme } from "./address";
import type { Proposals } from "./proposals";
import { fileWith, type Side, sidesOf } from "./sides";

/** The two sides of each file of a proposal as read-only documents that follow the decisions. */
export class ProposalDocuments implements Disposable {
  private readonly changes = new EventEmitter<Uri>();
  private readonly disposables: Disposable[];

  constructor(private readonly proposals: Proposals) {
    this.disposables = [
      this.changes,
      workspace.registerTextDocumentContentProvider(proposalScheme, {
        onDidChange: this.changes.event,
        provideTextDocumentContent: (uri) => this.text(uri),
      }),
      proposals.onChange((runId) => this.refresh(runId)),
    ];
  }

  dispose(): void {
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private text(uri: Uri): string {
    const found = fileOf(uri, this.proposals);
    return found === undefined ? "" : sidesOf(found.file)[found.side];
  }

  private refresh(runId: string): void {
    for (const { uri } of workspace.textDocuments) {
      if (uri.scheme === proposalScheme && decodeQuery(uri.query)?.runId === runId) {
        this.changes.fire(uri);
      }
    }
  }
}

/** The address of one side of a file; its path is the real one, so that the language is known. */
export function sideUri(runId: string, file: FileProposal, side: Side): Uri {
  const shown = Uri.parse(side === "left" ? file.uri : finalUri(file));
  return Uri.from({
    scheme: proposalScheme,
    path: shown.path.startsWith("/") ? shown.path : `/${shown.path}`,
    query: encodeQuery({ runId, hunk: file.hunks[0]?.id ?? "", side }),
  });
}

/** What a virtual document is about; undefined when its proposal is not loaded. */
export function fileOf(
  uri: Uri,
  proposals: Proposals,
): { runId: string; file: FileProposal; side: Side } | undefined {
  const address = uri.scheme === proposalScheme ? decodeQuery(uri.query) : undefined;
  const proposal = address && proposals.get(address.runId);
  const file = proposal && fileWith(proposal, address.hunk);
  return file && { runId: address.runId, file, side: address.side };
}
