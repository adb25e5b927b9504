// A long session in the chat's page: what it costs to open and to scroll through.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHost } from "./host.mjs";
import { many, shown, state } from "./samples.mjs";

const messages = 5000;
const rounds = 3;
/** A task that takes longer freezes what the user sees, in ms. */
const frame = 100;

let host;
before(async () => {
  host = await startHost();
});
after(() => host.stop());

test(`a session of ${messages} messages opens without a frozen frame`, (t) =>
  host.withPage("dark", async ({ page, tell }) => {
    await tell({ type: "state", state });
    const all = shown(0, many(messages));
    await page.evaluate((sent) => {
      window.sent = sent;
    }, all);
    const longest = [];
    for (let round = 1; round <= rounds; round += 1) {
      longest.push(await longestTask(page, () => page.evaluate(openList, round)));
    }
    t.diagnostic(`opening: longest task of each round, in ms of the processor: ${longest}`);
    const rows = await page.locator("article").count();
    assert.ok(rows < 60, `${rows} rows are in the page`);
    assert.ok(Math.min(...longest) < frame, `longest task of each round: ${longest}`);

    const scrolling = await longestTask(page, () => page.evaluate(scrollThrough));
    t.diagnostic(`scrolling: longest task, in ms of the processor: ${scrolling}`);
    await page.locator(".scroller").evaluate((box) => box.scrollTo(0, 0));
    await page.getByText("Question 0", { exact: true }).waitFor();
  }));

/** The longest task of the page while something is done: ms of the processor, not of the clock. */
async function longestTask(page, work) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ["toplevel"] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const thread = ({ pid, tid }) => `${pid}:${tid}`;
  const main = traceEvents
    .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
    .map(thread);
  const tasks = traceEvents.filter(
    (event) => event.name === "ThreadControllerImpl::RunTask" && main.includes(thread(event)),
  );
  assert.ok(tasks.length > 10, "the trace has the tasks of the page");
  return Math.round(Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000);
}

/** In the page: show the list as VS Code hands its messages on, one by one. */
async function openList(list) {
  for (const message of window.sent) {
    await new Promise((done) => setTimeout(done));
    window.postMessage({ ...message, list }, "*");
  }
  const end = performance.now() + 60_000;
  const shown = () =>
    document.querySelector(".scroller")?.getAttribute("aria-busy") === "false" &&
    document.querySelector("article:last-of-type")?.textContent.includes("End 4999.");
  while (!shown() && performance.now() < end) {
    await new Promise((done) => requestAnimationFrame(done));
  }
  if (!shown()) {
    throw new Error("the end of the list was not shown");
  }
}

/** In the page: go up through the list in large steps. */
async function scrollThrough() {
  const box = document.querySelector(".scroller");
  for (let step = 0; step < 60; step += 1) {
    box.scrollTop -= box.scrollHeight / 80;
    await new Promise((done) => requestAnimationFrame(done));
  }
}
