// Where a command cannot work it says what to do: a notebook, a document of VS Code's own, a huge file.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";

const notebook = JSON.stringify({
  cells: [
    { cell_type: "code", metadata: {}, outputs: [], execution_count: null, source: ["1 + 1"] },
  ],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
});

export default {
  files: { "a.txt": "one\n", "some.ipynb": notebook },
  opens: "a.txt",
  prepare(folder) {
    writeFileSync(path.join(folder, "work/huge.log"), "a line of text\n".repeat(3_600_000)); // 54 MB
  },
  async play({ window, model, step, shot }) {
    const { page } = window;
    await window.ready();
    const refused = async (what, words) => {
      await window.command("Arriero: Explain");
      await window.notice(words).first().waitFor();
      await shot(what);
      await window.command("Notifications: Clear All Notifications");
      assert.equal(model.asked.length, 0, "the model is not asked");
      step(`${what}: told`);
    };
    const show = async (name) => {
      await window.fill("Control+P", name, "the list of files");
      await window.rows.filter({ hasText: name }).first().click();
      await window.tab(name).waitFor();
    };
    await show("some.ipynb");
    await page.locator(".notebook-editor, .notebookOverlay").first().waitFor();
    await refused("notebook", "Arriero does not work on notebooks.");
    await window.command("Preferences: Open Default Settings (JSON)");
    await window.tab("defaultSettings").waitFor();
    await refused(
      "virtual",
      "This command works on files on disk, and this editor shows something else.",
    );
    await show("huge.log");
    await refused("huge", "VS Code shows files of more than 50 MB to no extension.");

    // A text that is not saved anywhere is explained as any other.
    await window.command("File: New Untitled Text File");
    await window.tab("Untitled-1").waitFor();
    await page.keyboard.type("not saved anywhere");
    await model.say({ text: "It says so itself." });
    await window.command("Arriero: Explain");
    await window.tab("Preview").waitFor(); // a notebook's page is there as well: its text is not looked at
    assert.match(model.asked.at(-1).user, /not saved anywhere/);
    step("untitled: explained");
  },
};
