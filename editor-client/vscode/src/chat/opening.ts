import { Conversation, type ConversationEvents } from "./conversation";
import type { ProposalItem } from "./items";
import { proposalItem, unseenProposal } from "./proposalCard";
import type { Shelf } from "./shelf";
import type { Surroundings } from "./surroundings";

/** A new session. */
export async function begin(
  around: Surroundings,
  events: ConversationEvents,
  folder: string,
): Promise<Conversation> {
  const setup = await (await around.acp()).newSession(folder);
  const made = new Conversation(setup.sessionId ?? "", around.acp, events);
  made.setUp(setup);
  made.transcript.goLive();
  return made;
}

/** A session of before, with its history; its proposals are fetched as the page draws them. */
export async function load(
  around: Surroundings,
  events: ConversationEvents,
  shelf: Shelf,
  sessionId: string,
  folder: string,
): Promise<Conversation> {
  const acp = await around.acp();
  const loaded = new Conversation(sessionId, around.acp, events);
  await shelf.whileLoading(loaded, async () => {
    loaded.setUp(await acp.load(sessionId, folder));
    loaded.transcript.ended();
    addProposals(loaded);
  });
  loaded.transcript.goLive();
  return loaded;
}

function addProposals({ transcript }: Conversation): void {
  const changed = transcript.items.filter(
    (item) => item.kind === "tool" && item.files.some((file) => file.added + file.removed > 0),
  );
  for (const runId of new Set(changed.map((item) => item.runId))) {
    transcript.insert(unseenProposal(runId));
  }
}

/** The card of a run of before; without files where it proposed nothing. */
export async function cardOf(around: Surroundings, runId: string): Promise<ProposalItem> {
  return (await proposalOf(around, runId, false)) ?? { ...unseenProposal(runId), known: true };
}

/** What a run proposes; undefined where that is nothing. */
export async function proposalOf(
  around: Surroundings,
  runId: string,
  fresh: boolean,
): Promise<ProposalItem | undefined> {
  const proposal = await around.proposal(runId, fresh);
  return proposal === undefined || proposal.files.length === 0
    ? undefined
    : proposalItem(proposal, around.nameOf);
}
