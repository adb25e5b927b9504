// How a test looks at the chat's page: a picture, and the faults that keep people from using it.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.ARRIERO_SCREENSHOTS;

/** Keep a picture of a page, where ARRIERO_SCREENSHOTS names a folder. */
export async function picture({ page }, name) {
  if (pictures !== undefined) {
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  }
}

/** Faults that keep people from using the page; those of contrast are the theme's where it says so. */
export async function faults(page) {
  // The policy of the page refuses scripts: the checker comes by way of the debugger.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}
