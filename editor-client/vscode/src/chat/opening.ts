import { Conversation, type ConversationEvents } from "./conversation";
import type { ProposalItem } from "./items";
import type { Queued } from "./messages";
import { proposalItem } from "./proposalCard";
import type { Shelf } from "./shelf";
import type { Surroundings } from "./surroundings";

/** Runs of a resumed session whose proposals are shown, the newest. */
const proposalsShown = 12;

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

/** A session of before, with its history and what became of its proposals. */
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
    await addProposals(loaded, around);
  });
  loaded.transcript.goLive();
  return loaded;
}

/** The message that the server took with it before it was stored. */
export function unheard(before: Conversation, after: Conversation): Queued[] {
  const { underWay } = before;
  if (underWay === undefined) {
    return [];
  }
  const count = (one: Conversation) =>
    one.transcript.items.filter(({ kind }) => kind === "user").length;
  return count(after) < count(before) ? [underWay] : [];
}

async function addProposals({ transcript }: Conversation, around: Surroundings): Promise<void> {
  const changed = transcript.items.filter(
    (item) => item.kind === "tool" && item.files.some((file) => file.added + file.removed > 0),
  );
  const runs = [...new Set(changed.map(({ runId }) => runId))].slice(-proposalsShown);
  for (const runId of runs) {
    const item = await proposalOf(around, runId, true);
    if (item !== undefined) {
      transcript.insert(item);
    }
  }
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
