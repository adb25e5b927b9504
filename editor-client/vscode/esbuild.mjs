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

// The chat's page: a script and a style sheet, which the browser part of VS Code runs.
const page = {
  ...shared,
  platform: "browser",
  target: "chrome120",
  format: "iife",
  entryPoints: { chat: "webview/main.tsx" },
  outdir: "dist",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  metafile: true,
};

if (process.argv.includes("--watch")) {
  for (const one of [extension, page]) {
    const watching = await context({ ...one, minify: false, sourcemap: true });
    await watching.watch();
  }
} else if (process.argv.includes("--tests")) {
  await rm("out", { recursive: true, force: true });
  const tests = await Promise.all(["test", "webview/test"].map(testsIn));
  await build({
    ...shared,
    entryPoints: tests.flat(),
    outdir: "out/test",
    sourcemap: "inline",
  });
} else {
  await rm("dist", { recursive: true, force: true });
  const built = await Promise.all([extension, page].map((one) => build(one)));
  const inputs = Object.assign({}, ...built.map(({ metafile }) => metafile.inputs));
  await writeFile("dist/THIRD_PARTY.txt", await licenseTexts({ inputs }));
}

async function testsIn(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".test.ts"));
  return names.map((name) => ({ in: `${folder}/${name}`, out: name.replace(/\.ts$/, "") }));
}
