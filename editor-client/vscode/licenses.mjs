import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** The licence texts of every package that went into a bundle, from esbuild's metafile. */
export async function licenseTexts(metafile) {
  const folders = new Set(
    Object.keys(metafile.inputs)
      .map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1])
      .filter((folder) => folder !== undefined),
  );
  const texts = await Promise.all([...folders].sort().map(licenseOf));
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

async function licenseOf(folder) {
  const { name, version } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e([.-]|$)/i.test(entry));
  if (file === undefined) {
    throw new Error(`${name} has no licence file: it cannot be bundled`);
  }
  return `${name} ${version}\n\n${(await readFile(path.join(folder, file), "utf8")).trim()}\n`;
}
