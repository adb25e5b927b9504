// The model wants to run a command; the user says no, and the run goes on without it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { call } from "../harness/model.mjs";
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": "one\n" },
  opens: "a.txt",
  config: { permissions: { commands: "ask" } },
  async play({ window, model, workspace, step, shot }) {
    await model.say(call("run_command", { command: "touch ran.txt" }), {
      text: "Then I leave it.",
    });
    await window.ready();
    await window.task("touch a file");
    const question = window.notice("touch ran.txt").filter({ hasText: "Reject" });
    await question.waitFor();
    await shot("question");
    assert.equal(model.asked.length, 1, "nothing goes on before the answer");
    await question.getByRole("button", { name: "Reject" }).click();
    step("denied");
    await window.notice("Then I leave it.").waitFor();
    assert.equal(existsSync(path.join(workspace, "ran.txt")), false, "the command was not run");
    const [, second] = model.asked;
    assert.match(second.results[0], /refused|denied|not allowed|reject/i);
    await until(async () => (await question.count()) === 0, "the question is gone");
  },
};
