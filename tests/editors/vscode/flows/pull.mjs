// A model is pulled from the walkthrough, with progress, and is then in use.
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": "one\n" },
  opens: "a.txt",
  async play({ window, step, shot }) {
    const { page } = window;
    await window.ready();
    await window.command("Arriero: Get Started");
    await page.getByText("Get started with Arriero").first().waitFor();
    await page
      .getByRole("button", { name: /Choose a model/ })
      .first()
      .click();
    await page.getByRole("button", { name: "Pull a Model" }).first().click();
    await window.rows.filter({ hasText: "Another model…" }).first().click();
    await window.answer("Pull a model", "no-such:1b");
    await window.notice("no-such:1b").first().waitFor();
    await shot("unknown");
    step("a name that is not there is told");
    // While it is there, VS Code may put the next one into its list unseen.
    await window.notice("no-such:1b").first().hover();
    await page.locator(".notification-list-item .codicon-notifications-clear").first().click();
    await page.locator(".notification-toast").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Pull a Model" }).first().click();
    await window.rows.filter({ hasText: "Another model…" }).first().click();
    await window.answer("Pull a model", "another:1b");
    await window.notice("another:1b is ready and selected.").waitFor();
    await shot("pulled");
    await window.says("another:1b");
    await until(
      async () =>
        (await page
          .locator(
            ".getting-started-step.expanded .complete, .codicon-pass-filled, .codicon-getting-started-step-checked.complete",
          )
          .count()) > 0,
      "the step is done",
    );
    step("pulled, and selected");
  },
};
