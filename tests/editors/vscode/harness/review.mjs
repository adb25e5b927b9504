// What a user does with a proposal that is shown as a difference.
import { until } from "./wait.mjs";

/** The lenses of single hunks: `Accept` or `Reject`, alone or with a noun, but not those of files. */
export const lenses = (window, verb) =>
  window.page.locator(".codelens-decoration a").filter({ hasText: new RegExp(`${verb}(?! all)`) });

/** The proposal of the run with this label is shown, and this many hunks wait. */
export async function shown(window, label, hunks) {
  await window.tab(label).waitFor();
  const accept = lenses(window, "Accept");
  await until(async () => (await accept.count()) === hunks, `${hunks} hunks to accept`);
}

/** Decides one of the hunks that wait, from 0; then `left` wait, and with none it is closed. */
export async function decide(window, verb, hunk, left) {
  await lenses(window, verb).nth(hunk).click();
  if (left === 0) return;
  const counts = () =>
    Promise.all(["Accept", "Reject"].map((each) => lenses(window, each).count()));
  await until(async () => (await counts()).every((count) => count === left), `${left} hunks left`);
}

/** The difference is closed: all of it is decided. */
export const closed = (window, label) =>
  until(async () => (await window.tab(label).count()) === 0, "the review is closed");
