// The server is older than the extension: the user is told, and offered the one that came with it.
export default {
  files: { "a.txt": "one\n" },
  opens: "a.txt",
  control: "old_version",
  async play({ window, shot }) {
    const notice = window.notice("Arriero's server is version 0.0.1, older than this extension's");
    await notice.waitFor();
    await notice.getByRole("button", { name: /^Use \d/ }).waitFor();
    await shot("message");
    await window.ready(); // it is used all the same
  },
};
