import type { FileProposal } from "../protocol/messages";
import type { Side } from "./sides";

export const proposalScheme = "arriero-proposal";

/** Which text a virtual document shows. */
export interface Address {
  runId: string;
  /** A hunk of the file that is shown. */
  hunk: string;
  side: Side;
}

export function encodeQuery(address: Address): string {
  return new URLSearchParams({ ...address }).toString();
}

export function decodeQuery(query: string): Address | undefined {
  const values = new URLSearchParams(query);
  const runId = values.get("runId");
  const hunk = values.get("hunk");
  const side = values.get("side");
  if (runId === null || hunk === null || (side !== "left" && side !== "right")) {
    return undefined;
  }
  return { runId, hunk, side };
}

/** The URI under which the file will be known once the proposal is accepted. */
export function finalUri(file: FileProposal): string {
  return file.newUri ?? file.uri;
}
