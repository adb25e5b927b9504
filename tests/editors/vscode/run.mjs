// Plays flows in a real VS Code; exits with 1 if one fails.
// usage: node run.mjs [--repeat N] [--theme dark|light|both] [--screenshots folder]
//        [--control no_actions|never_applies] [flow …]
import { readdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { playFlow } from "./harness/flow.mjs";
import { suite } from "./harness/places.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repeat: { type: "string", default: "1" },
    theme: { type: "string", default: "dark" },
    control: { type: "string" },
    screenshots: { type: "string", default: process.env.ARRIERO_EDITORS_SCREENSHOTS },
  },
});
const all = readdirSync(path.join(suite, "flows"))
  .filter((name) => name.endsWith(".mjs"))
  .map((name) => path.basename(name, ".mjs"))
  .sort();
const names = positionals.length > 0 ? positionals : all;
const themes = values.theme === "both" ? ["dark", "light"] : [values.theme];

const failed = [];
for (let round = 1; round <= Number(values.repeat); round += 1) {
  for (const name of names) {
    const { default: flow } = await import(path.join(suite, "flows", `${name}.mjs`));
    for (const theme of themes) {
      const began = Date.now();
      const steps = [];
      const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
      const { screenshots, control } = values;
      const options = { screenshots, theme, control, log: (line) => steps.push(line) };
      try {
        await playFlow(name, flow, options);
        console.log(`ok    ${round} ${name} ${theme} ${seconds()}`);
      } catch (error) {
        failed.push(name);
        console.log(`FAIL  ${round} ${name} ${theme} ${seconds()}\n${steps.join("\n")}`);
        console.log(error);
      }
    }
  }
}
console.log(failed.length === 0 ? "all passed" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
