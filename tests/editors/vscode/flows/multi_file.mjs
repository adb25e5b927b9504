// The review of several files in one editor: each hunk has its lenses there, and the menu too.
import path from "node:path";
import { edit } from "../harness/model.mjs";
import * as review from "../harness/review.mjs";
import { shout, text } from "../harness/shouting.mjs";
import { insist, textOf, until } from "../harness/wait.mjs";

const b = "one\ntwo\nthree\n";

export default {
  files: { "a.txt": text(), "b.txt": b },
  opens: "a.txt",
  async play({ window, model, workspace, step, shot }) {
    const { page } = window;
    await model.say(shout(3), shout(12), edit("b.txt", "two\n", "TWO\n"), { text: "Done." });
    await window.ready();
    await window.task("shout");
    await review.shown(window, "shout", 3);
    const entries = page.locator(".multiDiffEntry");
    await until(async () => (await entries.count()) === 2, "both files in one editor");
    await shot("review");
    step("two files and three hunks in one editor");
    await review.decide(window, "Reject", 1, 2);
    step("one is rejected by its lens");

    const loud = entries.locator(".editor.modified .view-line").getByText("TWO");
    const entry = page
      .locator(".monaco-menu .action-label")
      .filter({ hasText: "Accept the Change at the Cursor" });
    const menu = () =>
      insist(
        async () => {
          await page.keyboard.press("Escape"); // a menu that is another one
          await loud.first().click({ button: "right" });
        },
        () => entry.first().isVisible(),
        "the menu of the text",
      );
    await menu();
    await shot("menu");
    await insist(
      async () => {
        await menu();
        await entry.first().click({ timeout: 4000 });
      },
      async () => (await review.lenses(window, "Accept").count()) === 1,
      "one is left",
      10_000,
    );
    await review.decide(window, "Accept", 0, 0);
    await review.closed(window, "shout");
    step("one is accepted by the menu, the last by its lens");
    await window.focus("a.txt");
    await window.save("a.txt", text(3));
    await insist(
      () => window.command("File: Save All"),
      () => textOf(path.join(workspace, "b.txt")) === b.replace("two", "TWO"),
      "all is saved",
      10_000,
    );
  },
};
