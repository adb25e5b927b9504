// The chat's page where there is little to show, or little room for it. Run after `npm run build`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHost } from "./host.mjs";
import { faults, picture } from "./looking.mjs";
import { items, shown, state } from "./samples.mjs";

let host;
before(async () => {
  host = await startHost();
});
after(() => host.stop());

test("an empty session offers first messages, or what is missing for one", () =>
  host.withPage("dark", async (chat) => {
    const { page, tell, heard } = chat;
    await tell({ type: "state", state: { ...state, title: "" } });
    await picture(chat, "chat-empty");
    assert.deepEqual(await faults(page), []);
    await page.getByRole("button", { name: "Review my changes" }).click();
    const message = page.getByRole("textbox", { name: "Message" });
    assert.match(await message.inputValue(), /^Review what I have changed/);
    assert.ok(await message.evaluate((box) => box === document.activeElement));
    assert.equal(heard.filter(({ type }) => type === "send").length, 0);

    await tell({ type: "state", state: { ...state, model: "", models: [] } });
    await page.getByRole("button", { name: "Get started" }).click();
    assert.deepEqual(heard.at(-1), { type: "setUp" });
    await picture(chat, "chat-no-model");
    assert.equal(await page.getByRole("button", { name: "Review my changes" }).count(), 0);
  }));

test("in a narrow side bar the buttons of a message stay in one row, and keep their names", () =>
  host.withPage("dark", async (chat) => {
    const { page, tell } = chat;
    const long = "hf.co/somebody/a-model-with-a-long-name-GGUF:Q4_K_M";
    const busy = { ...state, busy: true, model: long, models: [long] };
    for (const width of [420, 300, 240, 180]) {
      await page.setViewportSize({ width, height: 700 });
      await tell({ type: "state", state: busy });
      const stop = await page.getByRole("button", { name: "Stop", exact: true }).boundingBox();
      const queue = await page.getByRole("button", { name: "Queue", exact: true }).boundingBox();
      assert.ok(Math.abs(stop.y - queue.y) < 3, `one row at ${width}`);
      assert.ok(queue.x + queue.width <= width, `within ${width}`);
      await picture(chat, `chat-narrow-${width}`);
    }
  }));

test("a question that was answered is one line, which opens", () =>
  host.withPage("light", async (chat) => {
    const { page, tell } = chat;
    const asked = items.filter(({ kind }) => kind === "permission");
    const answered = asked.map((item) => ({ ...item, answer: "reject_once" }));
    await tell({ type: "state", state }, ...shown(1, answered));
    const line = page.getByText("You answered: Reject");
    assert.ok((await page.locator("article").boundingBox()).height < 45);
    await line.click();
    await page.getByText("Run rm -r build?").waitFor();
    await picture(chat, "chat-answered");
    assert.deepEqual(await faults(page), []);
  }));
