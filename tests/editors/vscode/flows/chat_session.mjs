// A session of the chat: the queue, context, the view hidden, the daemon killed, other words, reload.
import assert from "node:assert/strict";
import { Chat } from "../harness/chat.mjs";
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": "one\ntwo\nthree\n" },
  opens: "a.txt",
  async play({ window, model, editor, step, shot }) {
    await window.ready();
    const { page, message, ...chat } = parts(await Chat.open(window));
    await until(async () => (await chat.mode.inputValue()) === "agent", "a session");

    await model.say({
      text: "It has **three** lines:\n\n```python\nprint(1)\n```\n\n<img src=x onerror=alert(1)>",
    });
    await chat.send("what is in it?");
    await page.locator("pre .hljs-built_in").waitFor();
    assert.equal(await page.locator(".markdown img").count(), 0, "HTML is shown, not followed");
    step("an answer, with its code in colours");

    await model.say(
      { text: "word ".repeat(40), holds: [{ name: "never", after: 12 }] },
      { text: "After that." },
    );
    await chat.send("go on and on");
    await chat.said(/^word/);
    await chat.send("and then this");
    await page.getByText("Queued", { exact: true }).waitFor();
    await shot("queued");
    await chat.button("Stop").click();
    await chat.article("Notice", "Stopped.");
    await chat.button("Send what is queued").click();
    await chat.said("After that.");
    await model.release("never");
    step("a run was stopped, and what was queued is sent when it is asked for");

    await model.say({ text: "I have read it." });
    await message.pressSequentially("read @a.t");
    await page.getByRole("option").filter({ hasText: "a.txt" }).first().waitFor();
    await shot("mentions");
    await message.press("Enter");
    await message.press("Enter");
    await chat.said("I have read it.");
    assert.match(model.asked.at(-1).user, /three/, "the file is given to the model");
    step("a file was added");

    await message.fill("half a tho");
    await window.command("View: Show Explorer");
    await message.waitFor({ state: "hidden" });
    await window.command("Arriero: Open the Chat");
    await chat.said("I have read it.");
    assert.equal(await message.inputValue(), "half a tho");
    step("the view was hidden and shown again");

    const daemon = await editor.daemon();
    process.kill(daemon, "SIGKILL");
    await until(async () => ![undefined, daemon].includes(await editor.daemon()), "another daemon");
    await window.ready();
    await chat.said("I have read it.");
    assert.equal(await message.inputValue(), "half a tho");
    await model.say({ text: "Here again." });
    await until(() => chat.button("Send").isEnabled(), "it is connected");
    await chat.send("are you there?");
    await chat.said("Here again.");
    step("the daemon was killed, and the chat goes on");

    await until(() => chat.button("Edit").last().isEnabled(), "the run has ended");
    await chat.button("Edit").last().click();
    await model.say({ text: "Another answer." });
    await chat.send("are you here?");
    await chat.said("Another answer.");
    assert.equal(
      await page.getByText("are you there?").count(),
      0,
      "that is in the session of before",
    );
    await window.command("Arriero: Chat Sessions…");
    const sessions = page.getByRole("dialog", { name: "Sessions" });
    await until(async () => (await sessions.getByRole("listitem").count()) === 2, "two sessions");
    await shot("sessions");
    await chat.button("Close").click();
    step("a message was sent in other words, in a copy of the session");

    await message.fill("half a tho");
    const loaded = window.page.waitForEvent("load");
    await window.command("Developer: Reload Window");
    await loaded;
    await window.lines().waitFor();
    await window.command("Arriero: Open the Chat");
    await chat.article("You", "are you here?");
    await until(async () => (await message.inputValue()) === "half a tho", "what was typed");
    step("the window was reloaded, and the session and what was typed are there");
  },
};

/** What this flow uses of a chat. */
function parts({ page, message }) {
  const article = (name, hasText) =>
    page.getByRole("article", { name, exact: true }).filter({ hasText }).last().waitFor();
  return {
    page,
    message,
    article,
    mode: page.getByLabel("Mode", { exact: true }),
    button: (name) => page.getByRole("button", { name, exact: true }),
    said: (text) => article("Arriero", text),
    async send(words) {
      await message.fill(words);
      await message.press("Enter");
    },
  };
}
