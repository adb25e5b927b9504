// Search Workspace…: a name is found as it is typed, shown, and gone to.
import { insist, until } from "../harness/wait.mjs";

export default {
  files: {
    "a.txt": "nothing\n",
    "bank/account.py":
      'class Account:\n    """Money of somebody."""\n\n    def deposit(self, cents):\n        self.cents += cents\n',
    "bank/teller.py":
      "from bank.account import Account\n\n\ndef serve(account):\n    account.deposit(5)\n",
  },
  opens: "a.txt",
  async play({ window, step, shot }) {
    await window.ready();
    await window.command("Arriero: Search Workspace…");
    await window.page
      .locator(".quick-input-title")
      .filter({ hasText: "Search Workspace" })
      .waitFor();
    await window.input.fill("deposit");
    const row = window.rows.filter({ hasText: "account.py" }).filter({ hasText: "deposit" });
    await insist(
      async () => {},
      () => row.first().isVisible(),
      "the place is found",
    );
    await shot("picker");
    step("found");
    await row.first().click();
    await window.tab("account.py").waitFor();
    const place = window.page.locator(".part.statusbar").getByText(/Ln 4, Col/);
    await place.first().waitFor();
    await until(async () => (await window.input.isVisible()) === false, "the picker is gone");
    await shot("found");
  },
};
