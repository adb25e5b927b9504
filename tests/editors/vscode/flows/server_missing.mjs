// The program of the server is not there: VS Code says so and what to do, and works on.
import { until } from "../harness/wait.mjs";

export default {
  files: { "a.txt": "one\n" },
  opens: "a.txt",
  prepare: () => ({ server: "/nowhere/arriero" }),
  async play({ window, step, shot }) {
    const notice = window.notice("/nowhere/arriero is not a program that can be run");
    await notice.waitFor();
    await notice.getByRole("button", { name: "Open Settings" }).waitFor();
    await until(async () => (await window.bar.textContent()).includes("Arriero"), "the status bar");
    await shot("message");
    step("told");
    await window.goto(1, 1);
    await window.page.keyboard.type("still ");
    await window.save("a.txt", "still one\n");
  },
};
