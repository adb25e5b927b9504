// The demo's project, mended in the chat: its tests are run in the shadow, its proposal is accepted.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Chat } from "../harness/chat.mjs";
import { project, python } from "../harness/places.mjs";
import { lenses } from "../harness/review.mjs";
import { insist } from "../harness/wait.mjs";

const sample = path.join(project, "server/arriero/models/rehearsal/sample");
const files = Object.fromEntries(
  readdirSync(sample, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [path.relative(sample, file), readFileSync(file, "utf8")]),
);

const pass = (workspace) => {
  try {
    execFileSync(python, ["-B", "-m", "unittest"], { cwd: workspace, stdio: "ignore" });
    return true;
  } catch {
    return false; // unittest says so with its exit status
  }
};

export default {
  files,
  opens: "tally/money.py",
  size: [1280, 780],
  settings: {
    "window.commandCenter": false,
    "editor.minimap.enabled": false,
    "window.title": "${activeEditorShort}",
  },
  config: { permissions: { commands: "allow" } },
  async play({ window, model, workspace, step, shot }) {
    await model.playSample();
    await window.ready();
    const chat = await Chat.open(window);
    await chat.send("A test fails. Find out why and make it pass.");
    await chat.says("All tests pass.");
    const proposal = chat.page.locator(".proposal").last();
    const accept = proposal.getByRole("button", { name: "Accept all" });
    await accept.waitFor();
    await shot("mended");
    step("mended, in the shadow");
    if (pass(workspace)) throw new Error("the files were changed before anybody accepted it");
    await proposal.getByRole("button", { name: "Review" }).click();
    await window.tab("Arriero: ").waitFor();
    await lenses(window, "Accept").first().waitFor();
    await shot("review");
    await accept.click();
    await insist(
      () => window.command("File: Save All"),
      () => pass(workspace),
      "the saved project passes its tests",
      10_000,
    );
    step("accepted and saved");
  },
};
