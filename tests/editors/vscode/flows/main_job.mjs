// The main job: a task from the palette, its steps, the review of its hunks, the saved file, undo.
import { call, edit } from "../harness/model.mjs";
import * as review from "../harness/review.mjs";
import { until } from "../harness/wait.mjs";

const before = Array.from({ length: 30 }, (_, n) => `line ${n + 1}`);
const changed = (lines) => {
  const text = [...before];
  for (const n of lines) text[n - 1] = `LINE ${n}`;
  return `${text.join("\n")}\n`;
};

export default {
  files: { "a.txt": changed([]) },
  opens: "a.txt",
  async play({ window, model, step, shot }) {
    await model.say(
      call("read_file", { path: "a.txt" }, "I will look at the file."),
      { ...edit("a.txt", "line 3\n", "LINE 3\n"), holds: [{ name: "working" }] },
      edit("a.txt", "line 12\n", "LINE 12\n"),
      edit("a.txt", "line 25\n", "LINE 25\n"),
      { text: "Three lines are loud now." },
    );
    await window.ready();
    await window.command("Arriero: Give a Task…");
    await window.answer("Give Arriero a task", "shout three lines");
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
    await window.save("a.txt", changed([3, 25]));
    step("saved as accepted");

    await window.command("Arriero: Undo a Run…");
    await window.rows.filter({ hasText: "shout three lines" }).first().click();
    await until(async () => !(await window.text()).includes("LINE"), "the run is undone");
    await window.focus("a.txt");
    await window.save("a.txt", changed([]));
    step("undone, as before");
  },
};
