// The review in the file itself: what was written meanwhile stays, and the marks go to the next hunk.
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
      edit("a.txt", "line 4\n", "LINE 4\n"),
      edit("a.txt", "line 12\n", "LINE 12\n"),
      { text: "Done." },
    );
    await window.ready();
    await window.command("Arriero: Give a Task…");
    await window.answer("Give Arriero a task", "shout");
    await review.shown(window, "shout", 2);
    await window.command("Arriero: Review a Proposal in Its Files");
    await until(async () => (await review.lenses(window, "Accept").count()) === 2, "two lenses");
    await shot("marks");
    step("the hunks are marked in the file");
    await window.goto(1, 1);
    await window.page.keyboard.type("mine ");
    await review.decide(window, "Accept", 0, 1);
    await review.decide(window, "Reject", 0, 0);
    await window.focus("a.txt");
    await window.save("a.txt", `mine ${lines(4)}`);
  },
};
