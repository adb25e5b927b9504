// A file that cannot be saved: what was accepted is told to be unsaved, and is not lost.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { edit } from "../harness/model.mjs";
import * as review from "../harness/review.mjs";
import { shout, text } from "../harness/shouting.mjs";
import { insist, textOf, until } from "../harness/wait.mjs";

/** Whether the file can be made one that not even root may write. */
function freeze(file) {
  try {
    execFileSync("chattr", ["+i", file], { stdio: "ignore" });
    return true;
  } catch {
    return false; // other file systems, and other people than root
  }
}

export default {
  files: { "a.txt": text(), "b.txt": "one\ntwo\n" },
  opens: "a.txt",
  settings: { "files.readonlyInclude": { "a.txt": true } },
  async play({ window, model, workspace, step, shot }) {
    const { page } = window;
    await model.say(shout(3), { text: "Done." });
    await window.ready();
    await window.task("shout");
    await review.shown(window, "shout", 1);
    await review.lenses(window, "Accept").first().click();
    await window.notice("a.txt is read-only here, so nothing was applied.").waitFor();
    await shot("refused");
    await review.shown(window, "shout", 1);
    await window.tab("a.txt").first().click();
    await until(async () => (await window.text()).startsWith("line 1\n"), "the file");
    assert.ok(!(await window.text()).includes("LINE"), "nothing was applied");
    step("a file that VS Code's settings keep read-only: told, and the proposal waits");

    const file = path.join(workspace, "b.txt");
    if (!freeze(file)) {
      step("no file can be frozen here: the rest is left out");
      return;
    }
    try {
      await window.command("Notifications: Clear All Notifications");
      await model.say(edit("b.txt", "two\n", "TWO\n"), { text: "Done." });
      await window.task("louder");
      await review.shown(window, "louder", 1);
      await review.decide(window, "Accept", 0, 0);
      await window.notice("b.txt is read-only: what you accepted is in the editor").waitFor();
      await window.focus("b.txt");
      const failed = window.notice("Failed to save 'b.txt'").first();
      await insist(
        () => page.keyboard.press("Control+S"),
        () => failed.isVisible(),
        "VS Code says that it is not saved",
      );
      await shot("not-saved");
      assert.equal(textOf(file), "one\ntwo\n");
    } finally {
      execFileSync("chattr", ["-i", file]);
    }
    await window.save("b.txt", "one\nTWO\n");
    step("a file that the system keeps: told, not lost, and saved when it can be");
  },
};
