// A proposal in VS Code's Refactor Preview: what is checked there is applied, the rest stays open.
import * as review from "../harness/review.mjs";
import { proposed, text } from "../harness/shouting.mjs";
import { insist, until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": text() },
  opens: "a.txt",
  async play({ window, model, step, shot }) {
    const { page } = window;
    await proposed({ window, model }, 3, 25);
    await window.command("Arriero: Accept in the Refactor Preview…");
    const panel = page.locator(".part.panel");
    const rows = panel.locator(".monaco-list-row").filter({ hasText: /LINE \d/ });
    await until(async () => (await rows.count()) === 2, "two changes to check");
    await shot("preview");
    step("the preview is shown");

    const box = rows.filter({ hasText: "LINE 25" }).getByRole("checkbox");
    await insist(
      () => box.click(),
      () => box.isChecked(),
      "the second one is checked",
    );
    await panel.getByRole("button", { name: "Apply" }).click();
    await until(async () => (await rows.count()) === 0, "the preview is closed");
    await window.focus("a.txt");
    await window.save("a.txt", text(25));
    step("one is applied");

    await window.command("Arriero: Accept the Proposal");
    await window.focus("a.txt");
    await window.save("a.txt", text(3, 25));
    step("the other one was open still, and is applied");
    await review.closed(window, "shout");
  },
};
