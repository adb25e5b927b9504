// A window of the editor in headless Chromium, and what a user does in it.
import path from "node:path";
import { chromium, chromiumProgram } from "./places.mjs";
import { insist, patience, textOf, until } from "./wait.mjs";

// As root, and in containers without user namespaces, Chromium runs without its sandbox only. The
// pages are our own, and nothing else can be reached from them.
const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"],
  ...["--no-first-run", "--disable-background-networking", "--disable-component-update"],
  "--disable-sync",
];
// The extension runs elsewhere; of its own only the chat's script is in the page. VS Code's pages
// throw now and then, which is not what is tested.
const ours = /chat\.js|arriero/;

export class Window {
  /**
   * Opens a folder, or with null none. `payload` are pairs for VS Code's own start-up. `errors` gathers what the
   * extension's script in the page throws.
   */
  static async open(editor, { folder, file, payload = [], size = [1400, 900] }) {
    const browser = await chromium.launch({
      executablePath: chromiumProgram,
      headless: true,
      args: flags,
    });
    try {
      const context = await browser.newContext({
        viewport: { width: size[0], height: size[1] },
        permissions: ["clipboard-read", "clipboard-write"],
      });
      // Nothing leaves the machine: the gallery is refused at once instead of waited for.
      await context.route(
        ({ hostname }) => !["127.0.0.1", "localhost"].includes(hostname),
        (route) => route.abort(),
      );
      const page = await context.newPage();
      page.setDefaultTimeout(patience);
      const window = new Window(editor, browser, page, folder);
      await window.load({ file, payload });
      return window;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  constructor(editor, browser, page, folder) {
    Object.assign(this, { editor, browser, page, folder });
    this.errors = [];
    page.on("pageerror", (error) => {
      if (ours.test(String(error.stack))) this.errors.push(String(error.stack));
    });
    this.input = page.locator(".quick-input-widget input.input");
    this.rows = page.locator(".quick-input-list .monaco-list-row");
    this.notifications = page.locator(".notification-list-item");
    this.bar = page.locator('.statusbar-item[id*="arriero.status"]');
  }

  /** Loads the workbench, also once more as when the user reloads the window. */
  async load({ file, payload = [] } = {}) {
    const query = new URLSearchParams(
      this.folder === null ? { ew: "true" } : { folder: this.folder },
    );
    const pairs = file
      ? [["openFile", this.editor.remote(path.join(this.folder, file))], ...payload]
      : payload;
    if (pairs.length > 0) query.set("payload", JSON.stringify(pairs));
    await this.page.goto(`${this.editor.url}/?${query}`);
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor();
    if (file) await this.lines().waitFor();
  }

  /** Reloads the window as the user does it, and waits until the new workbench is there. */
  async reload() {
    await this.page.evaluate(() => Object.assign(globalThis, { before: true }));
    await this.command("Developer: Reload Window");
    await until(
      () => this.page.evaluate(() => !("before" in globalThis)),
      "the window is loaded again",
    );
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor();
  }

  /** The server answers and the status bar says which model it has. */
  async ready(model = "coder") {
    await this.says(model);
  }

  /** The status bar's item of the extension has this in its text. */
  async says(text) {
    await until(async () => (await this.bar.textContent()).includes(text), `status bar: ${text}`);
  }

  /** Presses a key until something is seen. */
  async press(key, locator, what = key) {
    await insist(
      () => this.page.keyboard.press(key),
      () => locator.first().isVisible(),
      what,
    );
  }

  /** Opens the input by a key and fills it; it closes again if something else takes the focus. */
  async fill(key, text, what) {
    await insist(
      () => this.page.keyboard.press(key),
      async () => {
        await this.input.fill(text, { timeout: 500 });
        return (await this.input.inputValue({ timeout: 500 })) === text;
      },
      what,
    );
  }

  /** Runs a command of the palette by its whole title; resolves when the palette has closed. */
  async command(title) {
    const row = this.rows.filter({ has: this.page.getByText(title, { exact: true }) }).first();
    await insist(
      () => this.fill("F1", `>${title}`, "the palette"),
      async () => {
        await row.click({ timeout: 4000 }); // the palette closes when something else takes the focus
        return true;
      },
      `${title} in the palette`,
      5000,
    );
  }

  /** Answers the input box with this title. */
  async answer(title, words) {
    await this.page.locator(".quick-input-title").filter({ hasText: title }).waitFor();
    await this.input.fill(words);
    await this.page.keyboard.press("Enter");
  }

  /** Gives a task by the palette. */
  async task(words) {
    await this.command("Arriero: Give a Task…");
    await this.answer("Give Arriero a task", words);
  }

  /** The lines of the active text editor; of a difference, its right side. */
  lines() {
    const active = ".editor-group-container.active .monaco-editor";
    return this.page.locator(`${active} .view-lines:not(.review-widget *)`).last(); // nor of comments
  }

  /** The inside of a shown Markdown text. */
  preview() {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  tab(text) {
    return this.page.locator(".tabs-container .tab").filter({ hasText: text });
  }

  /** Brings an open file to the front and puts the cursor into it. */
  async focus(name, line = 1, column = 1) {
    await this.tab(name).first().click();
    await this.goto(line, column);
  }

  async goto(line, column = 1) {
    await this.page.keyboard.press("Control+1"); // into the editor; a click may be on a lens or a box
    await this.fill("Control+G", `:${line}:${column}`, "the input for a line");
    await this.page.keyboard.press("Enter");
    await this.at(line, column);
  }

  /** Waits until the cursor is there. */
  async at(line, column = 1) {
    const place = this.page.locator(".part.statusbar").getByText(`Ln ${line}, Col ${column}`);
    await place.first().waitFor();
  }

  /** What is drawn of the active editor: short files only, others are longer than the window. */
  async text() {
    return this.lines().evaluate((node) =>
      [...node.querySelectorAll(".view-line")]
        .sort((a, b) => Number.parseFloat(a.style.top) - Number.parseFloat(b.style.top))
        .map((line) => line.textContent.replaceAll("\u00a0", " "))
        .join("\n"),
    );
  }

  /** Saves the active editor until the file on disk is as wanted. */
  async save(name, wanted) {
    const file = path.join(this.folder, name);
    await insist(
      () => this.page.keyboard.press("Control+S"),
      () => textOf(file) === wanted,
      `${name} is saved as wanted`,
    );
  }

  /** The notification with this text. */
  notice(text) {
    return this.notifications.filter({ hasText: text });
  }

  async close() {
    await this.browser.close();
  }
}
