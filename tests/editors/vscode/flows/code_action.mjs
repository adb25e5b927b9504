// A problem that VS Code underlines is mended through the light bulb.
import assert from "node:assert/strict";
import { edit } from "../harness/model.mjs";
import * as review from "../harness/review.mjs";
import { insist, until } from "../harness/wait.mjs";

const broken = '{\n  "name": "tally"\n  "size": 3\n}\n';
const mended = broken.replace('"tally"', '"tally",');

export default {
  files: { "data.json": broken },
  opens: "data.json",
  async play({ window, model, step, shot }) {
    await model.say(edit("data.json", '"tally"\n', '"tally",\n'), { text: "A comma was missing." });
    await window.ready();
    await window.page.locator(".squiggly-error").first().waitFor();
    step("the problem is underlined");
    await window.goto(3, 4);
    const action = window.page.locator(".action-widget").getByText("Fix this problem");
    await window.press("Control+.", action, "the code action");
    await shot("actions");
    // A menu that is drawn anew as another extension answers may lose the click.
    await insist(
      async () => {
        if (!(await action.isVisible())) await window.press("Control+.", action, "the code action");
        await action.click();
      },
      async () => model.asked.length > 0,
      "the action is carried out",
      20_000,
    );
    await review.shown(window, "Arriero: ", 1);
    const [asked] = model.asked;
    assert.match(asked.user, /comma/i, "the model is told the problem");
    await shot("fix");
    await review.decide(window, "Accept", 0, 0);
    await review.closed(window, "Arriero: ");
    await window.focus("data.json");
    await window.save("data.json", mended);
    await until(
      async () => (await window.page.locator(".squiggly-error").count()) === 0,
      "no problem is left",
    );
  },
};
