// Holds a fresh editor open and does what is typed: to look at a view, or to write a new flow.
// Each line of standard input is JavaScript with `window`, `model`, `editor`, `workspace`, `call`,
// `edit` and `shot(file.png)` in reach; its value is printed. The file a.txt is open.
// usage: node explore.mjs [dark|light]
import { createInterface } from "node:readline";
import { playFlow } from "./harness/flow.mjs";
import { call, edit } from "./harness/model.mjs";

const lines = Array.from({ length: 30 }, (_, n) => `line ${n + 1}\n`).join("");
const sample =
  "def greet(name):\n    return 'hello ' + name\n\n\ndef twice(n):\n    return n + n\n";

async function play(told) {
  const reach = { ...told, call, edit, page: told.window.page };
  reach.shot = (file) => reach.page.screenshot({ path: file });
  await told.window.ready();
  console.log(`ready: ${told.editor.url} in ${told.folder}`);
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const value = await new Function(...Object.keys(reach), `return (async () => (${line}))()`)(
        ...Object.values(reach),
      );
      console.log(value);
    } catch (error) {
      console.log(String(error));
    }
  }
}

const flow = { files: { "a.txt": lines, "sample.py": sample }, opens: "a.txt", play };
await playFlow("explore", flow, { theme: process.argv[2] ?? "dark", log: console.log });
