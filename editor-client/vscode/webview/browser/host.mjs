// The chat's built page in headless Chromium, with a host that a test plays.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { themes } from "./themes.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const files = { "/chat.js": "text/javascript", "/chat.css": "text/css" };

/** The page as the extension makes it, with the policy that it is served under there. */
async function pageMaker() {
  const built = await build({
    entryPoints: [path.join(root, "src/chat/page.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
  });
  const module = { exports: {} };
  new Function("module", "exports", "require", built.outputFiles[0].text)(
    module,
    module.exports,
    createRequire(import.meta.url),
  );
  return module.exports.page;
}

/** Starts a server and a browser. `refused` are the addresses that pages asked for in vain. */
export async function startHost() {
  const page = await pageMaker();
  const refused = [];
  const server = createServer(({ url }, answer) => {
    const [where] = url.split("?");
    if (where in files) {
      answer.setHeader("content-type", files[where]);
      answer.end(readFileSync(path.join(root, "dist", where)));
    } else if (where === "/") {
      const origin = `http://127.0.0.1:${server.address().port}`;
      answer.setHeader("content-type", "text/html");
      answer.end(
        page({ source: origin, script: `${origin}/chat.js`, style: `${origin}/chat.css` }),
      );
    } else {
      refused.push(url);
      answer.statusCode = 404;
      answer.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const origin = `http://127.0.0.1:${server.address().port}/`;
  return {
    refused,
    /** Play with a page in a theme: what it threw is a failure. */
    async withPage(theme, play) {
      const chat = await openPage(browser, origin, theme);
      try {
        await chat.page.getByRole("textbox", { name: "Message" }).waitFor();
        await play(chat);
        assert.deepEqual(chat.errors, []);
      } finally {
        await chat.close();
      }
    },
    async stop() {
      await browser.close();
      server.close();
    },
  };
}

async function openPage(browser, origin, theme) {
  const context = await browser.newContext({ viewport: { width: 420, height: 860 } });
  const page = await context.newPage();
  const asked = [];
  const errors = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.exposeFunction("toHost", (message) => heard.push(message));
  const heard = [];
  await page.addInitScript(({ kind, variables }) => {
    let state;
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => window.toHost(message),
      getState: () => state,
      setState: (next) => {
        state = next;
      },
    });
    document.addEventListener("DOMContentLoaded", () => {
      document.body.className = kind;
      for (const [name, value] of Object.entries(variables)) {
        document.documentElement.style.setProperty(`--vscode-${name}`, value);
      }
    });
  }, themes[theme]);
  await page.goto(origin);
  return {
    page,
    heard,
    errors,
    asked,
    tell: (...messages) =>
      page.evaluate((all) => {
        for (const one of all) {
          window.postMessage(one, "*");
        }
      }, messages),
    close: () => context.close(),
  };
}
