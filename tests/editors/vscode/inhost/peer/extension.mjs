// Bundled by inhost.mjs. Activation ends when the server has answered `initialize`.
import { LanguageClient } from "vscode-languageclient/node";

export async function activate() {
  const server = { command: process.env.PEER_PYTHON, args: ["-m", "arriero", "lsp"] };
  const client = new LanguageClient("peer", "Peer", server, {
    documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
    initializationOptions: { review: "client", answers: "client" },
  });
  // The extension under test registers the server's commands in the same window.
  client.getFeature("workspace/executeCommand").initialize = () => {};
  await client.start();
  return { client };
}
