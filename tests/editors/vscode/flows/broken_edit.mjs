// What an accepted edit broke is told to the model with the next request.
import assert from "node:assert/strict";
import { edit } from "../harness/model.mjs";
import * as review from "../harness/review.mjs";

export default {
  files: { "data.json": '{\n  "name": "tally",\n  "size": 3\n}\n' },
  opens: "data.json",
  async play({ window, model, step, shot }) {
    await model.say(edit("data.json", '"tally",\n', '"tally"\n'), { text: "Tidied." });
    await window.ready();
    await window.task("tidy it");
    await review.shown(window, "tidy it", 1);
    await review.decide(window, "Accept", 0, 0);
    await review.closed(window, "tidy it");
    await window.focus("data.json");
    await window.page.locator(".squiggly-error").first().waitFor();
    await shot("broken");
    step("the edit is accepted, and has broken the file");
    // The extension sends problems when it has been quiet for a moment: ask until the model has them.
    for (let turn = 1; turn <= 10; turn += 1) {
      await model.say({ text: `I see, ${turn}.` });
      await window.task(`and now, ${turn}?`);
      await window.notice(`I see, ${turn}.`).first().waitFor();
      if (/expected comma/i.test(model.asked.at(-1).user)) {
        step(`the model was told, at request ${turn}`);
        return;
      }
    }
    assert.fail(`the model was told only:\n${model.asked.at(-1).user}`);
  },
};
