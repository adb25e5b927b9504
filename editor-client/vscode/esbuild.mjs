// Bundles the extension into dist/; with --tests each test into out/test/; with --watch again and
// again as files change.
import { readdir, rm, writeFile } from "node:fs/promises";
import { build, context } from "esbuild";
import { licenseTexts } from "./licenses.mjs";

const shared = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  logLevel: "warning",
};

const extension = {
  ...shared,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  external: ["vscode"],
  minify: true,
  metafile: true,
};

if (process.argv.includes("--watch")) {
  const watching = await context({ ...extension, minify: false, sourcemap: true });
  await watching.watch();
} else if (process.argv.includes("--tests")) {
  await rm("out", { recursive: true, force: true });
  const tests = (await readdir("test")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...shared,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "out/test",
    sourcemap: "inline",
  });
} else {
  await rm("dist", { recursive: true, force: true });
  const { metafile } = await build(extension);
  await writeFile("dist/THIRD_PARTY.txt", await licenseTexts(metafile));
}
