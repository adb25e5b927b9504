// The chat's page in Chromium: what can be seen and heard of it, and hostile answers.
// Run after `npm run build`. ARRIERO_SCREENSHOTS names a folder for pictures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHost } from "./host.mjs";
import { faults, picture } from "./looking.mjs";
import { hostile, items, many, shown, state } from "./samples.mjs";
import { themes } from "./themes.mjs";

let host;
before(async () => {
  host = await startHost();
});
after(() => host.stop());

for (const theme of Object.keys(themes)) {
  test(`no serious fault of accessibility: ${theme}`, () =>
    host.withPage(theme, async (chat) => {
      const { page, tell } = chat;
      const queue = [{ id: "q1", text: "And the docs", chips: [] }];
      await tell({ type: "state", state: { ...state, busy: true, queue, paused: true } });
      await tell(...shown(1, items));
      await page.getByRole("button", { name: "Allow once" }).waitFor();
      await page.locator(".hljs-keyword").first().waitFor();
      await page.locator(".tool summary").first().click();
      assert.deepEqual(await faults(page), []);
      await picture(chat, `chat-${theme}`);
      await page.locator(".scroller").evaluate((box) => box.scrollTo(0, 0));
      await page.getByText("A test fails").waitFor();
      assert.deepEqual(await faults(page), []);
      await picture(chat, `chat-top-${theme}`);

      const message = page.getByRole("textbox", { name: "Message" });
      await message.pressSequentially("look at @mo");
      const chip = { kind: "file", name: "tally/money.py", first: 0, last: 0, text: "" };
      const found = [
        { chip, label: "money.py", about: "tally/money.py" },
        { chip: { ...chip, kind: "git", name: "git" }, label: "@git", about: "What is changed" },
      ];
      await tell({ type: "found", query: "mo", found });
      await page.getByRole("option").first().waitFor();
      assert.deepEqual(await faults(page), []);
      await picture(chat, `mentions-${theme}`);
      await message.press("Enter");
      assert.equal(await message.inputValue(), "look at ");
      await page.locator(".composer .chips").getByText("money.py").waitFor();

      const sessions = [
        {
          sessionId: "ses_1",
          title: "Fix the rounding",
          when: "5 min ago",
          runs: 3,
          queued: 2,
          current: true,
        },
        {
          sessionId: "ses_2",
          title: "Write docs",
          when: "2 days ago",
          runs: 1,
          queued: 0,
          current: false,
        },
      ];
      await tell({ type: "sessions", sessions, show: true });
      await page.getByRole("dialog", { name: "Sessions" }).waitFor();
      assert.deepEqual(await faults(page), []);
      await picture(chat, `sessions-${theme}`);
    }));
}

test("a hostile answer stays text, and nothing is loaded for it", () =>
  host.withPage("dark", async ({ page, tell, asked, heard }) => {
    const before = asked.length;
    const said = hostile.map((text, n) => ({ ...items[4], id: `answer-${n}`, text }));
    for (const [n, one] of said.entries()) {
      await tell({ type: "state", state }, ...shown(n + 1, [one]));
      await page.locator(`.row[data-at="0"] .markdown > div`).first().waitFor();
      const found = await page.evaluate(() => ({
        hurt: window.hurt,
        tags: [...document.querySelectorAll(".markdown *")].map(({ tagName }) => tagName),
        events: [...document.querySelectorAll(".markdown *")].flatMap((node) =>
          node.getAttributeNames().filter((name) => /^on|^style$|^src$|^href$/.test(name)),
        ),
        hidden: getComputedStyle(document.body).display === "none",
        links: [...document.querySelectorAll(".markdown [data-href]")].map(
          (node) => node.dataset.href,
        ),
      }));
      assert.equal(found.hurt, undefined, one.text.slice(0, 60));
      assert.equal(found.hidden, false);
      assert.deepEqual(found.events, []);
      const bad = found.tags.filter((tag) =>
        /^(SCRIPT|IMG|IFRAME|STYLE|LINK|A|SVG|MATH|FORM|INPUT|OBJECT|EMBED)$/i.test(tag),
      );
      assert.deepEqual(bad, [], one.text.slice(0, 60));
      assert.deepEqual(
        found.links.filter((href) => !/^https?:/.test(href)),
        [],
      );
    }
    assert.deepEqual(asked.slice(before), []);
    const own = ["ready", "draft"];
    assert.deepEqual(
      heard.filter(({ type }) => !own.includes(type)),
      [],
    );
  }));

test("the policy of the page refuses what the sanitiser is there to stop", () =>
  host.withPage("dark", async ({ page }) => {
    await page.evaluate(() => {
      const place = document.createElement("div");
      place.innerHTML = "<img src=x onerror='window.hurt = 1'><p style='color: red'>x</p>";
      const script = document.createElement("script");
      script.textContent = "window.hurt = 2";
      document.body.append(place, script);
    });
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    assert.equal(await page.evaluate(() => window.hurt), undefined);
  }));

test("what is clicked and pressed reaches the extension", () =>
  host.withPage("light", async ({ page, tell, heard }) => {
    await tell({ type: "state", state }, ...shown(1, items));
    const last = () => heard.findLast(({ type }) => type !== "draft");
    await page.getByRole("button", { name: "Always in this session" }).click();
    assert.deepEqual(last(), { type: "answer", id: "permission-1", choice: "allow_always" });
    for (const [name, deed] of [
      ["Accept all", "accept"],
      ["Reject all", "reject"],
      ["Review", "review"],
    ]) {
      await page.getByRole("button", { name, exact: true }).click();
      assert.deepEqual(last(), { type: "proposal", runId: "run_1", deed });
    }
    const copy = page.locator("[data-act=copy]");
    await copy.click();
    assert.equal(last().type, "copy");
    assert.match(last().text, /^def split/);
    const link = page.getByRole("link", { name: "the money module" });
    await link.focus();
    await page.keyboard.press("Enter");
    assert.deepEqual(last(), { type: "link", href: "tally/money.py:12" });
    await page.getByLabel("Mode", { exact: true }).selectOption("plan");
    assert.deepEqual(last(), { type: "mode", id: "plan" });

    const message = page.getByRole("textbox", { name: "Message" });
    await message.fill("one");
    await message.press("Shift+Enter");
    await message.pressSequentially("two");
    await message.press("Enter");
    assert.deepEqual(last(), { type: "send", text: "one\ntwo", chips: [] });
    assert.equal(await message.inputValue(), "");

    await page.locator(".scroller").evaluate((box) => box.scrollTo(0, 0));
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    assert.equal(await message.inputValue(), items[0].text);
    await message.fill("Other words");
    await message.press("Enter");
    assert.equal(last().type, "again");
    assert.equal(last().id, "user-1");
    assert.deepEqual(last().chips, items[0].chips);
  }));

test("what was opened is open when it comes back into sight", () =>
  host.withPage("dark", async ({ page, tell }) => {
    await tell({ type: "state", state }, ...shown(1, [...items.slice(0, 4), ...many(300)]));
    const box = page.locator(".scroller");
    await box.evaluate((one) => one.scrollTo(0, 0));
    const tool = page.locator("details.failed");
    await tool.locator("summary").click();
    await page.getByRole("button", { name: "To the end" }).click();
    await tool.waitFor({ state: "detached" });
    await box.evaluate((one) => one.scrollTo(0, 0));
    await tool.waitFor();
    assert.equal(await tool.evaluate((one) => one.open), true);
  }));

test("files that are dropped are added", () =>
  host.withPage("dark", async ({ page, tell, heard }) => {
    await tell({ type: "state", state });
    await page.locator(".scroller").evaluate((form) => {
      const data = new DataTransfer();
      data.setData("text/uri-list", "file:///w/a.py\r\nfile:///w/b.py");
      form.dispatchEvent(
        new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }),
      );
    });
    assert.deepEqual(
      heard.find(({ type }) => type === "drop"),
      { type: "drop", uris: ["file:///w/a.py", "file:///w/b.py"] },
    );
  }));

test("what is typed stays while the server is away, and cannot be sent", () =>
  host.withPage("dark", async ({ page, tell, heard }) => {
    await tell({ type: "state", state });
    const message = page.getByRole("textbox", { name: "Message" });
    await message.fill("half a thought");
    await tell({ type: "state", state: { ...state, connection: "stopped" } });
    await page.getByText("What you have typed is kept").waitFor();
    await message.press("Enter");
    assert.deepEqual(
      heard.filter(({ type }) => type === "send"),
      [],
    );
    await page.getByRole("button", { name: "Start it" }).click();
    assert.equal(heard.filter(({ type }) => type === "restart").length, 1);
    assert.equal(await message.inputValue(), "half a thought");
    await page.getByRole("status").getByText("has ended").waitFor({ state: "attached" });
  }));

test("a list that is read is not moved by what is added at its end", () =>
  host.withPage("dark", async ({ page, tell }) => {
    const all = many(200);
    await tell({ type: "state", state }, ...shown(1, all));
    await page.getByText("End 199.").waitFor();
    const box = page.locator(".scroller");
    const bottom = () => box.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight);
    assert.ok((await bottom()) < 2, "it begins at its end");
    const grown = { ...items[4], id: "new", text: "A last word." };
    await tell({ type: "change", list: 1, changes: [{ op: "put", at: 200, item: grown }] });
    await page.getByText("A last word.", { exact: true }).waitFor();
    assert.ok((await bottom()) < 2, "it follows");

    await box.evaluate((one) => one.scrollBy(0, -3000));
    await page.getByRole("button", { name: "To the end" }).waitFor();
    const place = () =>
      page.evaluate(() => {
        const middle = document.elementFromPoint(200, 300)?.closest("article");
        return [middle?.dataset.at, Math.round(middle?.getBoundingClientRect().top ?? 0)];
      });
    const seen = await place();
    await tell({
      type: "change",
      list: 1,
      changes: [{ op: "add", at: 200, text: "\n\nmore ".repeat(50) }],
    });
    assert.deepEqual(await place(), seen);
    await page.getByRole("button", { name: "To the end" }).click();
    await page.getByText("A last word.", { exact: true }).waitFor();
  }));
