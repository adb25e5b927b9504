// A task that several flows share: some lines of a.txt are to be in capitals.
import { edit } from "./model.mjs";
import * as review from "./review.mjs";

/** The text of a.txt, 30 lines from 1; those that are named are loud. */
export const text = (...loud) =>
  Array.from({ length: 30 }, (_, n) => `${loud.includes(n + 1) ? "LINE" : "line"} ${n + 1}\n`).join(
    "",
  );

/** The turn that makes a line loud. */
export const shout = (line) => edit("a.txt", `line ${line}\n`, `LINE ${line}\n`);

/** Has the model propose it, and waits for the review. */
export async function proposed({ window, model }, ...lines) {
  await model.say(...lines.map(shout), { text: "Done." });
  await window.ready();
  await window.task("shout");
  await review.shown(window, "shout", lines.length);
}
