// A run that hangs is cancelled; the next one works.
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": "one\ntwo\n" },
  opens: "a.txt",
  async play({ window, model, step, shot }) {
    await model.say(
      { text: "I will think about it for ever.", fault: { kind: "hang", after: 3 } },
      { text: "It is **forty-two**." },
    );
    await window.ready();
    await window.task("count");
    const progress = window.notice("Arriero: Working");
    await progress.waitFor();
    await until(() => model.asked.length === 1, "the model is at it");
    await shot("running");
    await progress.getByRole("button", { name: "Cancel" }).click();
    await until(async () => (await progress.count()) === 0, "the progress is gone");
    const runs = async () => {
      const status = await window.bar.textContent();
      return !status.includes("step");
    };
    await until(runs, "the status bar shows no run");
    step("cancelled");

    await window.command("Arriero: Ask…");
    await window.answer("Ask Arriero", "what is it?");
    await window.tab("Preview").waitFor();
    const answer = window.preview().locator("strong");
    await until(async () => (await answer.textContent()) === "forty-two", "the answer is shown");
    await shot("answer");
  },
};
