// Every other view of the extension appears; with --screenshots there is a picture of each.
import { until } from "../harness/wait.mjs";

const source =
  'class Account:\n    """Money of somebody."""\n\n    def deposit(self, cents):\n        self.cents += cents\n';

export default {
  files: { "account.py": source, "teller.py": "from account import Account\n" },
  opens: "account.py",
  async play({ window, step, shot }) {
    const { page } = window;
    const leave = async () => {
      await page.keyboard.press("Escape");
      await until(async () => !(await window.input.isVisible()), "the list is closed");
    };
    await window.ready();
    await window.bar.click();
    await window.rows.filter({ hasText: "Ask…" }).first().waitFor();
    await shot("menu");
    await leave();

    await window.command("Arriero: Select the Model…");
    await window.rows.filter({ hasText: "coder" }).first().waitFor();
    await shot("models");
    await leave();

    await window.focus("account.py", 4, 9);
    await window.lines().click({ button: "right", position: { x: 60, y: 30 } });
    const entry = page.locator(".monaco-menu .action-label").filter({ hasText: /^Arriero$/ });
    await entry.hover();
    await page
      .locator(".monaco-menu .action-label")
      .filter({ hasText: "Explain" })
      .first()
      .waitFor();
    await shot("context-menu");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    step("menus");

    await window.command("Arriero: Show Repo Map");
    await until(async () => (await window.text()).includes("deposit"), "the map");
    await shot("map");
    await window.command("Arriero: Show Status");
    await window.tab(/status/i).waitFor();
    await window.preview().getByText("coder").first().waitFor();
    await shot("status");
    await window.command("Arriero: Get Started");
    await page.getByText("Get started with Arriero").first().waitFor();
    await shot("walkthrough");
    step("map, status, walkthrough");
  },
};
