// The dashboard in headless Chromium, as a person uses it. Arguments: the address that signs in,
// a key that opens it. Lines on standard output ask the test for something to happen in a run;
// it answers with a line when that is stored. ARRIERO_EDITORS_SCREENSHOTS names a folder for pictures.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

const vscode = path.resolve(import.meta.dirname, "../../../editor-client/vscode/package.json");
const from = createRequire(vscode);
const { chromium } = from("playwright-core");
const axe = readFileSync(from.resolve("axe-core/axe.min.js"), "utf8");

const [link, key] = process.argv.slice(2);
const origin = new URL(link).origin;
const pictures = process.env.ARRIERO_EDITORS_SCREENSHOTS;
const patience = 30_000;
const pages = [
  ["/", "Status"],
  ["/dashboard/runs", "Runs"],
  ["/dashboard/runs/run_done", "Mend the test"],
  ["/dashboard/tools", "Tools"],
  ["/dashboard/plots", "Metrics"],
  ["/dashboard/permissions", "Permissions"],
  ["/dashboard/settings", "Settings"],
];

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function ask(what) {
  console.log(`ask ${what}`);
  assert.equal((await answers.next()).value, `done ${what}`);
}

/** Serious faults of accessibility. The page's policy refuses scripts: the checker comes by way of the debugger. */
async function faults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

async function picture(page, name) {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: path.join(pictures, `dashboard-${name}.png`) });
}

/** A new browser window; what its pages say of errors, and ask of others, fails the test. */
async function window(browser, colorScheme) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1100, height: 800 } });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("dialog", (dialog) => wrong.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) wrong.push(`asked ${request.url()}`);
  });
  return { context, page, wrong };
}

async function signIn(browser) {
  const { context, page, wrong } = await window(browser, "light");
  await page.goto(`${origin}/dashboard/tools`);
  assert.match(page.url(), /\/dashboard\/login\?next=/);
  assert.deepEqual(await faults(page), []);
  await picture(page, "login");
  await page.getByLabel("Key").fill("no such key");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Key").fill(key);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Sign in" }).waitFor({ state: "detached" });
  const [cookie] = await context.cookies();
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, "Strict");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Key").waitFor();
  await page.goto(`${origin}/`);
  assert.match(page.url(), /\/dashboard\/login/);
  assert.deepEqual(wrong.filter((one) => !one.includes("403")), []);
  await context.close();
}

async function look(browser, colorScheme) {
  const { context, page, wrong } = await window(browser, colorScheme);
  await page.goto(link);
  for (const [where, heading] of pages) {
    await page.goto(origin + where);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    if (where === "/dashboard/runs/run_done") {
      for (const one of await page.locator("summary").all()) await one.click();
    }
    assert.deepEqual(await faults(page), [], `${where} in ${colorScheme}`);
    await picture(page, `${heading.split(" ")[0].toLowerCase()}-${colorScheme}`);
  }
  await page.setViewportSize({ width: 360, height: 700 });
  for (const [where] of pages) {
    await page.goto(origin + where);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${where} is ${wide} wide on a telephone`);
  }
  assert.deepEqual(wrong, []);
  await context.close();
}

async function live(browser) {
  const { context, page, wrong } = await window(browser, "light");
  await page.goto(link);
  await page.goto(`${origin}/dashboard/runs/run_open`);
  const thoughts = page.locator(".thought details");
  await thoughts.locator("summary").click();
  await thoughts.locator("summary").focus();
  await ask("a call begins");
  await page.getByText("running", { exact: true }).nth(1).waitFor();
  await ask("words");
  await page.getByText("Half a word").waitFor();
  await ask("the call ends");
  await page.getByText("ok, 77 ms").waitFor();
  // What did not change is as the person left it.
  assert.equal(await thoughts.getAttribute("open"), "");
  const focused = await page.evaluate(() => document.activeElement.tagName);
  assert.equal(focused, "SUMMARY");
  await ask("the run ends");
  await page.getByRole("status").filter({ hasText: "The run: end_turn" }).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
}

async function byKeyboard(browser) {
  const { context, page, wrong } = await window(browser, "light");
  await page.goto(link);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.goto(`${origin}/dashboard/settings`);
  await page.getByLabel("Find a setting").fill("max_steps stopped");
  assert.equal(await page.locator("form.setting:visible").count(), 1);
  const field = page.getByLabel("agent.max_steps", { exact: true });
  await field.fill("17");
  await page.keyboard.press("Enter");
  await page.getByText("agent.max_steps is stored").waitFor();
  await page.getByLabel("agent.max_steps", { exact: true }).fill("0");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "from 1 to 1000" }).waitFor();
  const invalid = page.getByLabel("agent.max_steps", { exact: true });
  assert.equal(await invalid.inputValue(), "0");
  assert.equal(await invalid.getAttribute("aria-invalid"), "true");
  assert.deepEqual(await faults(page), []);
  await page.goto(`${origin}/dashboard/settings`);
  await page.getByRole("button", { name: "Use the default of agent.max_steps" }).click();
  await page.getByText("back to its default").waitFor();
  assert.deepEqual(wrong.filter((one) => !one.includes("422")), []);
  await context.close();
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  await signIn(browser);
  await look(browser, "light");
  await look(browser, "dark");
  await live(browser);
  await byKeyboard(browser);
  console.log("all is well");
} finally {
  await browser.close();
}
process.exit();
