// The window is reloaded in the middle of a review: what was accepted and what waits are still there.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as review from "../harness/review.mjs";
import { proposed, text } from "../harness/shouting.mjs";
import { until } from "../harness/wait.mjs";

/**
 * VS Code has put the text of an unsaved file by. It does so a second after a change; a browser's
 * page, unlike a window of the desktop, cannot wait for that when it is reloaded.
 */
function isPutBy(folder, wanted) {
  const backups = path.join(folder, "data", "User", "Backups");
  const options = { recursive: true, withFileTypes: true };
  return readdirSync(backups, options)
    .filter((entry) => entry.isFile())
    .some((entry) =>
      readFileSync(path.join(entry.parentPath, entry.name), "utf8").includes(wanted),
    );
}

export default {
  files: { "a.txt": text() },
  opens: "a.txt",
  async play({ window, model, folder, step, shot }) {
    await proposed({ window, model }, 3, 10, 16);
    await review.decide(window, "Accept", 1, 2);
    await until(() => isPutBy(folder, text(10)), "the accepted change is put by");
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
    await window.save("a.txt", text(10, 16));
    await until(async () => !(await window.bar.textContent()).includes("review"), "nothing waits");
  },
};
