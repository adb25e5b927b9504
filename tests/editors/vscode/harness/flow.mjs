// Plays one flow from nothing: model, editor, window, and afterwards none of them.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Editor } from "./editor.mjs";
import { lastWords, onScreen } from "./evidence.mjs";
import { Model } from "./model.mjs";
import { environmentIn, python, scratch, suite } from "./places.mjs";
import { Window } from "./window.mjs";

/**
 * A flow is `{files, folder?, opens?, size?, settings?, config?, control?, prepare?, payload?, play}`:
 * the workspace's texts by name (with `folder: null` no folder is opened), which of them is open at
 * first, the window's size, settings of VS Code, and of Arriero's own file. `prepare`, called with the run's folder, gives more options of `Editor.start`;
 * `payload`, called with the editor and the folder, what VS Code is told as its window opens. `play`
 * is a function of `{window, model, editor, workspace, folder, step, shot}`.
 *
 * With `control` the server is wrong in that way; see controls/wrong_server.py.
 * With `screenshots` its pictures go there, and that of the moment of a failure.
 */
export async function playFlow(
  name,
  flow,
  { screenshots, theme = "dark", control = flow.control, log = () => {} } = {},
) {
  const began = Date.now();
  const folder = scratch();
  const workspace = path.join(folder, "work");
  for (const [file, text] of Object.entries(flow.files ?? {})) {
    mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true });
    writeFileSync(path.join(workspace, file), text);
  }
  writeConfig(folder, flow.config);
  let model;
  let editor;
  let window;
  const shot = async (view) => {
    if (!screenshots || !window) return;
    mkdirSync(screenshots, { recursive: true });
    await window.page.screenshot({ path: path.join(screenshots, `${name}-${view}-${theme}.png`) });
  };
  const step = (what) => log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)}  ${what}`);
  try {
    model = await Model.start(folder, environmentIn(folder));
    const prepared = (await flow.prepare?.(folder)) ?? {};
    editor = await Editor.start(folder, {
      ...prepared,
      settings: { ...themes[theme], ...flow.settings },
      env: { OLLAMA_HOST: model.url, ...prepared.env },
      ...(control && { server: wrongServer(folder, control) }),
    });
    const payload = (await flow.payload?.(editor, folder)) ?? [];
    const { opens: file, size } = flow;
    const opened = flow.folder === null ? null : workspace;
    window = await Window.open(editor, { folder: opened, file, payload, size });
    step("the window is open");
    await flow.play({ window, model, editor, workspace, folder, step, shot });
    if (window.errors.length > 0) throw new Error(`the page threw: ${window.errors.join("; ")}`);
    step("passed");
  } catch (error) {
    // All of this is a help; the failure is what counts.
    await shot("failed").catch(() => {});
    const seen = window ? await onScreen(window).catch((why) => [`  no screen: ${why}`]) : [];
    for (const line of [...seen, ...lastWords(folder)]) log(line);
    throw error;
  } finally {
    await window?.close();
    await editor?.stop();
    await model?.stop();
    if (!process.env.ARRIERO_EDITORS_KEEP) rmSync(folder, { recursive: true, force: true });
  }
}

const themes = {
  dark: { "workbench.colorTheme": "Default Dark Modern" },
  light: { "workbench.colorTheme": "Default Light Modern" },
};

function wrongServer(folder, control) {
  const program = path.join(folder, "wrong-server");
  const script = path.join(suite, "controls/wrong_server.py");
  writeFileSync(program, `#!/bin/sh\nexec "${python}" "${script}" ${control} "$@"\n`, {
    mode: 0o755,
  });
  return program;
}

/** Arriero's own settings: one model for runs, one for completion, nothing asked of them unasked. */
function writeConfig(folder, more = {}) {
  const config = {
    model: "coder",
    agent: { probe: false },
    window: { preload: false },
    completion: { model: "filler", pause: 0 },
    ...more,
  };
  const file = path.join(folder, "home/config/arriero/config.yaml");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
}
