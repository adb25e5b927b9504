// `arriero.server.path` names a Python that has no arriero: VS Code says so, and works on.
import { writeFileSync } from "node:fs";

export default {
  files: { "a.txt": "one\n" },
  opens: "a.txt",
  // -S leaves site-packages out: a Python as a system brings it.
  prepare(folder) {
    const program = `${folder}/python3`;
    writeFileSync(program, '#!/bin/sh\nexec /usr/bin/env python3 -I -S "$@"\n', { mode: 0o755 });
    return { server: program };
  },
  async play({ window, step, shot }) {
    const notice = window.notice("has no arriero package. Install it there with");
    await notice.waitFor();
    await notice.getByRole("button", { name: "Use the Extension's Server" }).waitFor();
    await shot("message");
    step("told");
    await window.goto(1, 1);
    await window.page.keyboard.type("still ");
    await window.save("a.txt", "still one\n");
  },
};
