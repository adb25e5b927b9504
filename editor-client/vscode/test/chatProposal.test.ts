// The card of a proposal in the chat: what it says after its changes were taken back, or done again.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Chat } from "../src/chat/chat";
import type { HunkState, Proposal } from "../src/protocol/messages";
import { ended, PlayedChat, until } from "./playedChat";

let play: PlayedChat;
let states: HunkState[];
beforeEach(() => {
  play = new PlayedChat();
  states = ["accepted", "accepted"];
});
afterEach(() => play.close());

function proposal(runId: string): Proposal {
  const hunks = states.map((state, at) => ({
    id: `${at}`,
    state,
    line: at * 10,
    oldLines: [],
    newLines: ["new\n"],
  }));
  const file = { uri: "file:///w/a", kind: "edit", oldText: "", newText: "", hunks } as const;
  return { runId, sessionId: "ses_1", label: "", files: [file] };
}

/** The card after a run has proposed something and each step was told. */
async function card(...steps: [HunkState[], boolean][]) {
  play.chat = new Chat({ ...play.around(), proposal: async (runId) => proposal(runId) });
  await play.opened();
  const run = play.chat.send("one", []);
  await until(() => play.sessions.prompts.length === 1);
  play.sessions.prompts[0]?.end(ended("end_turn", "run_1"));
  await run;
  await until(() => play.kinds().includes("proposal"));
  for (const [now, undone] of steps) {
    states = now;
    await play.chat.proposalChanged("run_1", undone);
  }
  const item = play.items().find(({ kind }) => kind === "proposal");
  assert.ok(item?.kind === "proposal");
  return { accepted: item.accepted, undone: item.undone };
}

test("what was taken back is said to be, also when the server tells it once more", async () => {
  const gone: HunkState[] = ["rejected", "rejected"];
  assert.deepEqual(await card([gone, true], [gone, false]), { accepted: 0, undone: true });
});

test("what is done again can be taken back again", async () => {
  const gone: HunkState[] = ["rejected", "rejected"];
  const again: HunkState[] = ["accepted", "accepted"];
  assert.deepEqual(await card([gone, true], [again, false]), { accepted: 2, undone: false });
});

test("a part that could not be taken back still can be", async () => {
  assert.deepEqual(await card([["rejected", "accepted"], true]), { accepted: 1, undone: false });
});
