// Puts a wheel of the server beside the bundle, so that the extension brings its server.
// PYTHON names the Python to build with; pip fetches the build's own needs unless they are there.
import { execFileSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";

const python = process.env.PYTHON || "python3";
const run = (...args) => execFileSync(python, args, { stdio: ["ignore", "ignore", "inherit"] });

for (const name of await readdir("dist")) {
  if (name.endsWith(".whl")) {
    await rm(`dist/${name}`);
  }
}
const flags = ["--no-deps", "--disable-pip-version-check", "--quiet", "--wheel-dir", "dist"];
run("-m", "pip", "wheel", ...flags, "../..");
