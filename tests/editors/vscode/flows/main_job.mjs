// The main job: a task from the palette, its steps, the review of its hunks, the saved file, undo.
import { call } from "../harness/model.mjs";
import * as review from "../harness/review.mjs";
import { shout, text } from "../harness/shouting.mjs";
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": text() },
  opens: "a.txt",
  async play({ window, model, step, shot }) {
    await model.say(
      call("read_file", { path: "a.txt" }, "I will look at the file."),
      { ...shout(3), holds: [{ name: "working" }] },
      shout(12),
      shout(25),
      { text: "Three lines are loud now." },
    );
    await window.ready();
    await window.task("shout three lines");
    await window.notice("Arriero: Working: Read a.txt").waitFor();
    await window.says("step 1");
    await shot("running");
    step("the run shows its steps");
    await model.release("working");

    await review.shown(window, "shout three lines", 3);
    await shot("review");
    step("the proposal is shown");
    await review.decide(window, "Accept", 0, 2);
    await review.decide(window, "Accept", 1, 1);
    await review.decide(window, "Reject", 0, 0);
    await review.closed(window, "shout three lines");
    step("two are accepted, one is rejected");

    await window.focus("a.txt");
    await window.save("a.txt", text(3, 25));
    step("saved as accepted");

    await window.command("Arriero: Undo a Run…");
    await window.rows.filter({ hasText: "shout three lines" }).first().click();
    await until(async () => !(await window.text()).includes("LINE"), "the run is undone");
    await window.focus("a.txt");
    await window.save("a.txt", text());
    step("undone, as before");
  },
};
