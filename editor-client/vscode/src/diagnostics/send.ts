import { type Disposable, type LogOutputChannel, languages, Uri } from "vscode";
import type { FileDiagnostics } from "../protocol/messages";
import type { Server } from "../server/server";
import { Outbox } from "./outbox";

const timer = {
  after(delay: number, run: () => void): () => void {
    const handle = setTimeout(run, delay);
    return () => clearTimeout(handle);
  },
};

/** Send the problems that any extension reports to the server: context for the model. */
export function sendDiagnostics(server: Server, log: LogOutputChannel): Disposable[] {
  const send = (files: FileDiagnostics[]): void => {
    server
      .api()
      .then((api) => api.diagnostics(files))
      .catch((error: unknown) => log.debug("Problems were not sent:", String(error)));
  };
  const outbox = new Outbox(
    (uri) => {
      const convert = server.client?.code2ProtocolConverter;
      const problems = languages.getDiagnostics(Uri.parse(uri));
      return convert === undefined ? [] : problems.map((problem) => convert.asDiagnostic(problem));
    },
    send,
    timer,
  );
  return [
    languages.onDidChangeDiagnostics(({ uris }) => {
      if (server.state === "running") {
        outbox.add(ofFiles(uris));
      }
    }),
    server.onState((state) => {
      outbox.clear();
      if (state === "running") {
        send([]); // says that problems will be told, also where there are none yet
        const known = languages.getDiagnostics().filter(([, problems]) => problems.length > 0);
        outbox.add(ofFiles(known.map(([uri]) => uri)));
      }
    }),
    { dispose: () => outbox.clear() },
  ];
}

function ofFiles(uris: readonly Uri[]): string[] {
  return uris
    .filter(({ scheme }) => scheme === "file" || scheme === "untitled")
    .map((uri) => uri.toString());
}
