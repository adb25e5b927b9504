// What a user does in the chat view.
import { insist, until } from "./wait.mjs";

export class Chat {
  /** Opens the view from the palette. */
  static async open(window) {
    await window.command("Arriero: Open the Chat");
    const chat = new Chat(window);
    await chat.message.waitFor();
    return chat;
  }

  constructor(window) {
    this.window = window;
    this.page = window.page
      .frameLocator(".part.sidebar iframe.webview.ready, iframe.webview.ready")
      .frameLocator("#active-frame");
    this.message = this.page.locator("textarea");
    this.answers = this.page.locator(".answer");
    this.tools = this.page.locator("details.tool");
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** Writes a message and sends it; it is then in the list, or in the queue of a run. */
  async send(words) {
    await until(() => this.button(/Send|Queue/).isVisible(), "the chat is connected");
    await this.message.fill(words);
    await insist(
      () => this.message.press("Enter"),
      async () => (await this.message.inputValue()) === "",
      "the message is sent",
    );
  }

  /** The text of the newest answer has this in it. */
  async says(text) {
    const shown = async () => (await this.answers.last().innerText()).includes(text);
    await until(shown, `the chat says: ${text}`);
  }
}
