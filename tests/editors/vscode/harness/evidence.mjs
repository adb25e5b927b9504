// What is known of a flow's failure: what the person would have seen, and the daemon's last words.
import { readdirSync } from "node:fs";
import path from "node:path";
import { textOf } from "./wait.mjs";

const parts = {
  tabs: ".tabs-container .tab",
  editor: ".editor-group-container.active .editor-container",
  palette: ".quick-input-widget",
  notifications: ".notification-list-item",
  dialog: ".monaco-dialog-box",
  panel: ".part.panel",
  status: ".part.statusbar",
};
const most = 600; // characters of each
const lines = 30; // of the log

/** The words of each part of the window that is shown, a line each. */
export async function onScreen({ page }) {
  const told = [];
  for (const [name, selector] of Object.entries(parts)) {
    const texts = await page.locator(selector).filter({ visible: true }).allInnerTexts();
    const words = texts.map((text) => text.replaceAll(/\s+/g, " ").trim()).filter(Boolean);
    if (words.length > 0) told.push(`  ${name}: ${words.join(" | ").slice(0, most)}`);
  }
  return told;
}

/** The last lines of the daemon's log of this run. */
export function lastWords(folder) {
  const state = path.join(folder, "home/state");
  const logs = readdirSync(state, { recursive: true }).filter((name) => name.endsWith(".log"));
  return logs.flatMap((name) => [
    `  ${name}:`,
    ...textOf(path.join(state, name)).trimEnd().split("\n").slice(-lines),
  ]);
}
