// A window without a folder: a question is answered, and what needs a folder says so.
import { Chat } from "../harness/chat.mjs";

export default {
  folder: null,
  async play({ window, model, step, shot }) {
    await window.ready();
    await window.command("Arriero: Open the Chat");
    const chat = new Chat(window);
    await chat.page.getByText("Open a folder to chat about it.").waitFor();
    await shot("chat");
    step("the chat says what it needs");

    await window.command("View: Show Explorer");
    await chat.message.waitFor({ state: "hidden" });
    await model.say({ text: "It is **forty-two**." });
    await window.command("Arriero: Ask…");
    await window.answer("Ask Arriero", "what is it?");
    await window.preview().getByText("forty-two").waitFor();
    await shot("asked");
    step("a question is answered");
  },
};
