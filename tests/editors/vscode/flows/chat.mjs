// The chat: a message, its answer as it streams, a tool's card, a permission, a proposal, stop.
import assert from "node:assert/strict";
import { Chat } from "../harness/chat.mjs";
import { call, edit } from "../harness/model.mjs";
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": "one\ntwo\nthree\n" },
  opens: "a.txt",
  config: { permissions: { commands: "ask" } },
  async play({ window, model, step, shot }) {
    await window.ready();
    const chat = await Chat.open(window);
    await shot("empty");

    await model.say(call("read_file", { path: "a.txt" }, "I will look at `a.txt`."), {
      text: ["It has **three** lines", ", and this is the last word."],
      holds: [{ name: "streaming", after: 1 }],
    });
    await chat.send("how many lines has a.txt?");
    await chat.says("three lines");
    assert.equal((await chat.answers.last().innerText()).includes("last word"), false);
    await shot("streaming");
    await model.release("streaming");
    await chat.says("this is the last word");
    await chat.tools.first().locator("summary").click();
    await chat.tools.first().getByText("read_file").waitFor();
    await until(
      async () => (await chat.tools.first().innerText()).includes("two"),
      "the card shows the result",
    );
    await shot("tool");
    step("an answer has streamed, with a tool's card");

    await model.say(
      call("run_command", { command: "rm a.txt" }, "I would rather remove it."),
      edit("a.txt", "two\n", "2\n"),
      { text: "Then I only changed a line." },
    );
    await chat.send("make two a number");
    const question = chat.page.locator(".permission.waits");
    await question.waitFor();
    await shot("permission");
    await question
      .getByRole("button", { name: /Reject|Deny/ })
      .first()
      .click();
    step("a permission was denied");
    await chat.says("only changed a line");
    const proposal = chat.page.locator(".proposal").last();
    await proposal.getByRole("button", { name: "Accept all" }).waitFor();
    await shot("proposal");
    await proposal.getByRole("button", { name: "Accept all" }).click();
    await window.focus("a.txt");
    await window.save("a.txt", "one\n2\nthree\n");
    await proposal.getByRole("button", { name: "Undo" }).click();
    await proposal.getByText("taken back").waitFor();
    await shot("undone");
    const toasts = await window.page.locator(".notification-toast").allInnerTexts();
    assert.ok(!toasts.join().includes("is applied"), "the card alone says what became of it");
    await window.focus("a.txt");
    await window.save("a.txt", "one\ntwo\nthree\n");
    step("its proposal was accepted, and undone");

    await model.say({ text: "For ever and ever", fault: { kind: "hang", after: 2 } });
    await chat.send("think");
    await chat.button(/^Stop/).click();
    await until(async () => (await chat.button(/^Stop/).count()) === 0, "the run is stopped");
    await model.say({ text: "Here I am again." });
    await chat.send("are you there?");
    await chat.says("Here I am again.");
    await shot("stopped");
  },
};
