// The window is reloaded in the middle of a review: what was accepted and what waits are still there.
import { edit } from "../harness/model.mjs";
import * as review from "../harness/review.mjs";
import { until } from "../harness/wait.mjs";

const lines = (...loud) =>
  Array.from({ length: 20 }, (_, n) => `${loud.includes(n) ? "LINE" : "line"} ${n}\n`).join("");

export default {
  files: { "a.txt": lines() },
  opens: "a.txt",
  async play({ window, model, step, shot }) {
    await model.say(
      edit("a.txt", "line 2\n", "LINE 2\n"),
      edit("a.txt", "line 9\n", "LINE 9\n"),
      edit("a.txt", "line 15\n", "LINE 15\n"),
      { text: "Done." },
    );
    await window.ready();
    await window.command("Arriero: Give a Task…");
    await window.answer("Give Arriero a task", "shout");
    await review.shown(window, "shout", 3);
    await review.decide(window, "Accept", 1, 2);
    step("one hunk is accepted, and not saved");

    await window.reload();
    await window.ready();
    await window.says("1 to review");
    step("reloaded: the proposal waits");
    await window.command("Arriero: Review a Proposal");
    await review.shown(window, "shout", 2);
    await shot("review");
    await review.decide(window, "Accept", 1, 1);
    await review.decide(window, "Reject", 0, 0);
    await review.closed(window, "shout");
    await window.focus("a.txt");
    await window.save("a.txt", lines(9, 15));
    await until(async () => !(await window.bar.textContent()).includes("review"), "nothing waits");
  },
};
