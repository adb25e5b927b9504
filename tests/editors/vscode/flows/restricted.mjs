// Restricted mode: the user is told, nothing of the workspace is read or run until it is trusted.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Chat } from "../harness/chat.mjs";
import { until } from "../harness/wait.mjs";

export default {
  files: {
    "a.txt": "one\n",
    ".vscode/settings.json": '{"arriero.server.path": "./evil", "arriero.ui.review": "file"}',
    evil: "#!/bin/sh\ntouch ran\n",
  },
  opens: "a.txt",
  prepare: () => ({ restricted: true }),
  async play({ window, editor, workspace, step, shot }) {
    await until(
      async () => /waits until you trust/.test((await window.bar.getAttribute("aria-label")) ?? ""),
      "the status bar says that it waits",
    );
    await window.command("Arriero: Restart the Server");
    const notice = window.notice("Arriero waits until you trust this workspace.");
    await notice.getByRole("button", { name: "Manage Trust" }).waitFor();
    await window.command("Arriero: Open the Chat");
    const { page } = new Chat(window);
    await page.getByText("Arriero waits until you trust").waitFor();
    await shot("told");
    assert.equal(await editor.daemon(), undefined, "nothing was started");
    assert.equal(existsSync(path.join(workspace, "ran")), false, "nor what the workspace names");
    step("told, and nothing is started");

    writeFileSync(path.join(workspace, ".vscode/settings.json"), "{}"); // what the user has looked at
    await page.getByRole("button", { name: "Manage trust" }).click();
    await window.page.getByRole("button", { name: "Trust", exact: true }).first().click();
    await window.ready();
    await until(() => editor.daemon(), "the daemon runs");
    step("trusted: it works");
  },
};
