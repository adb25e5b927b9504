// What is queued in a session that is not shown outlives the daemon: it is shown, and can be sent.
import assert from "node:assert/strict";
import { Chat } from "../harness/chat.mjs";
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": "one\n" },
  opens: "a.txt",
  async play({ window, model, editor, step, shot }) {
    await window.ready();
    const chat = await Chat.open(window);
    await model.say({ text: "word ".repeat(40), holds: [{ name: "never", after: 12 }] });
    await chat.send("the first");
    await chat.says("word");
    await chat.message.fill("the second");
    await chat.message.press("Enter");
    await chat.page.getByText("Queued", { exact: true }).waitFor();
    await window.command("Arriero: New Chat");
    await until(async () => (await chat.answers.count()) === 0, "another session is shown");
    step("a message is queued in a session that is not shown");

    const daemon = await editor.daemon();
    process.kill(daemon, "SIGKILL");
    await until(async () => ![undefined, daemon].includes(await editor.daemon()), "another daemon");
    await window.ready();
    await chat.page.locator(".notice").getByText("A message is still queued").waitFor();
    await shot("told");
    await window.command("Arriero: Chat Sessions…");
    const sessions = chat.page.getByRole("dialog", { name: "Sessions" });
    await sessions.getByText("1 queued").waitFor();
    await shot("sessions");
    await sessions.getByRole("button", { name: "the first", exact: true }).click();
    await chat.page.getByText("the second").waitFor();
    step("the daemon was killed: it is told, and shown");
    await model.say({ text: "The second answer." });
    await chat.button("Send what is queued").click();
    await chat.says("The second answer.");
    assert.match(model.asked.at(-1).user, /the second/);
  },
};
