// What may stand beside a message: selection, problems, changes, a terminal's output, dropped files.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Chat } from "../harness/chat.mjs";
import { environmentIn } from "../harness/places.mjs";
import { insist, until } from "../harness/wait.mjs";

export default {
  files: {
    "a.txt": "one\ntwo\nthree\n",
    "data.json": '{\n  "name": "tally"\n  "size": 3\n}\n',
    "dropped.txt": "the text of what was dropped\n",
  },
  opens: "data.json",
  settings: { "terminal.integrated.gpuAcceleration": "off" }, // its text is in the page then
  prepare(folder) {
    const env = environmentIn(folder);
    const options = { cwd: `${folder}/work`, env, stdio: "ignore" };
    const who = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
    execFileSync("git", ["init"], options);
    execFileSync("git", ["add", "a.txt", "data.json"], options);
    execFileSync("git", [...who, "commit", "-m", "first"], options);
  },
  async play({ window, model, step, shot }) {
    const { page } = window;
    await window.ready();
    await page.locator(".squiggly-error").first().waitFor();
    await window.goto(2, 1);
    await page.keyboard.type(" ");
    await window.save("data.json", '{\n   "name": "tally"\n  "size": 3\n}\n');
    await window.goto(3, 1);
    await insist(
      () => page.keyboard.press("Shift+End"),
      () => page.locator(".part.statusbar").getByText("selected").first().isVisible(),
      "a line is selected",
    );

    await window.command("Terminal: Create New Terminal");
    const terminal = page.locator(".terminal-wrapper.active .xterm-rows");
    await until(async () => (await terminal.innerText()).trim() !== "", "a prompt");
    // VS Code tells extensions nothing of what is printed in the first moment.
    await page.keyboard.type("sleep 2; echo said-by-$((40+2))");
    await page.keyboard.press("Enter");
    await until(async () => (await terminal.innerText()).includes("said-by-42"), "its output");

    const chat = await Chat.open(window);
    const chips = chat.page.locator(".composer .chips li");
    const offers = chat.page.getByRole("option");
    for (const [number, name] of ["@selection", "@problems", "@git", "@terminal"].entries()) {
      const offer = offers.filter({ hasText: name }).first();
      await insist(
        async () => {
          await chat.message.fill("");
          await chat.message.pressSequentially(name);
        },
        () => offer.isVisible(),
        `${name} is offered`,
        10_000,
      );
      await offer.click();
      await until(async () => (await chips.count()) === number + 1, `${name} is added`);
    }
    await shot("four");
    step("selection, problems, changes and a terminal's output are added");

    await drop(window, chat, "dropped.txt");
    await until(async () => (await chips.count()) === 5, "the dropped file is added");
    await shot("dropped");
    step("a file of the explorer is dropped with Shift");

    await model.say({ text: "All of it is there." });
    await chat.send("look");
    await chat.says("All of it is there.");
    const { user } = model.asked.at(-1);
    for (const part of [
      /"size": 3/,
      /expected comma/i,
      /changed data\.json/,
      /said-by-42/,
      /was dropped/,
    ]) {
      assert.match(user, part);
    }
  },
};

/** Drags a file of the explorer over the chat's icon, which opens the chat, and onto its messages. */
async function drop({ page }, chat, name) {
  await page.locator(".activitybar .action-label[aria-label^='Explorer']").first().click();
  const row = page.locator(".explorer-folders-view .monaco-list-row").filter({ hasText: name });
  await row.first().waitFor();
  await row.first().hover();
  await page.mouse.down();
  const icon = page.locator(".activitybar .action-item", {
    has: page.locator("[aria-label^='Arriero']"),
  });
  const there = middle(await icon.first().boundingBox());
  let turn = 0;
  await until(async () => {
    turn += 1;
    await page.mouse.move(there.x + (turn % 2), there.y);
    return chat.message.isVisible();
  }, "the chat is opened under the dragged file");
  const list = middle(await chat.page.locator(".scroller").boundingBox());
  await page.keyboard.down("Shift");
  await page.mouse.move(list.x, list.y, { steps: 4 });
  await page.mouse.move(list.x + 3, list.y + 3, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
}

const middle = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });
