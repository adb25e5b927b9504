// A suggestion at the cursor, accepted with Tab.
import { insist } from "../harness/wait.mjs";

const before = "def double(number):\n    \n\n\nprint(double(4))\n";

export default {
  files: { "sums.py": before },
  opens: "sums.py",
  async play({ window, model, step, shot }) {
    // As often as it may be asked: a request that another one overtakes has taken its answer.
    await model.fill(...Array.from({ length: 20 }, () => ({ text: "eturn number * 2" })));
    await window.ready();
    await window.goto(2, 5);
    const ghost = window.page.locator('[class*="ghost-text"]');
    await insist(
      async () => {
        const line = await window.text();
        if (/^ +r/m.test(line)) await window.page.keyboard.press("Backspace");
        await window.page.keyboard.type("r");
      },
      async () => {
        const shown = (await ghost.allTextContents()).join("").replaceAll("\u00a0", " ");
        return shown.includes("eturn number * 2");
      },
      "the suggestion is shown",
      10_000,
    );
    await shot("suggestion");
    step("shown");
    await window.page.keyboard.press("Tab");
    await window.save("sums.py", before.replace("    \n", "    return number * 2\n"));
    step("accepted with Tab");
    await window.command("Arriero: Show Status");
    const row = window.preview().getByText(/\d+ shown, 1 accepted, by filler/);
    await row.first().waitFor();
    await shot("counted");
    step("counted");
  },
};
