// The daemon dies in the middle of a run: the user is told, and can ask again at once.
import assert from "node:assert/strict";
import { edit } from "../harness/model.mjs";
import * as review from "../harness/review.mjs";
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": "one\ntwo\n" },
  opens: "a.txt",
  async play({ window, model, editor, step, shot }) {
    await model.say(
      { text: "I will be interrupted.", fault: { kind: "hang", after: 3 } },
      edit("a.txt", "two\n", "2\n"),
      { text: "A number." },
    );
    await window.ready();
    await window.task("first");
    await until(() => model.asked.length === 1, "the model is at it");
    const daemon = await editor.daemon();
    assert.ok(daemon, "a daemon runs");
    process.kill(daemon, "SIGKILL");
    await window
      .notice(/server ended|interrupted|daemon/)
      .first()
      .waitFor();
    await shot("message");
    step("told");
    await window.ready();
    await window.task("second");
    await review.shown(window, "second", 1);
    await review.decide(window, "Accept", 0, 0);
    await review.closed(window, "second");
    await window.focus("a.txt");
    await window.save("a.txt", "one\n2\n");
  },
};
