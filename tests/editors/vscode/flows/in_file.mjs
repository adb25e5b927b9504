// The review in the file itself: what was written meanwhile stays, and the marks go to the next hunk.
import * as review from "../harness/review.mjs";
import { proposed, text } from "../harness/shouting.mjs";
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": text() },
  opens: "a.txt",
  async play({ window, model, step, shot }) {
    await proposed({ window, model }, 5, 13);
    await window.command("Arriero: Review a Proposal in Its Files");
    await until(async () => (await review.lenses(window, "Accept").count()) === 2, "two lenses");
    await window.at(5); // the marks may be there before the command moves the cursor to the first
    await shot("marks");
    step("the hunks are marked in the file");
    await window.goto(1, 1);
    await window.page.keyboard.type("mine ");
    await review.decide(window, "Accept", 0, 1);
    await review.decide(window, "Reject", 0, 0);
    await window.focus("a.txt");
    await window.save("a.txt", `mine ${text(5)}`);
  },
};
