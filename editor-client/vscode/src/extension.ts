import { type ExtensionContext, window } from "vscode";
import { AnswerView } from "./answers/view";
import { codeActionCommands, registerRunCommands } from "./commands/register";
import { Runner } from "./commands/run";
import { sendDiagnostics } from "./diagnostics/send";
import { registerIndexCommands } from "./index/commands";
import { IndexWatch } from "./index/watch";
import { registerReviewCommands } from "./review/commands";
import { ProposalDocuments } from "./review/documents";
import { ReviewLenses } from "./review/lenses";
import { Proposals } from "./review/proposals";
import { Review } from "./review/review";
import { Server } from "./server/server";
import { sendSettings } from "./settings/send";
import { StatusBar } from "./status/bar";
import { registerStatusCommands } from "./status/commands";
import { restart, showLog, tell, tellError } from "./tell";

let server: Server | undefined;

/** Puts the parts together. The server starts in the background: nothing waits for it here. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("Arriero", { log: true });
  const running = new Server(log);
  server = running;
  const proposals = new Proposals(() => running.api());
  const review = new Review(proposals);
  const answers = new AnswerView();
  const index = new IndexWatch({
    ask: async () => (await running.api()).index(),
    failed: (error) => log.debug("The state of the index is not known:", String(error)),
  });
  const runner = new Runner(running, proposals, review, answers);
  running.executeCommand = codeActionCommands(runner, log);

  context.subscriptions.push(
    log,
    running,
    review,
    answers,
    new ProposalDocuments(proposals),
    new ReviewLenses(proposals),
    index,
    new StatusBar(running, proposals, index),
    sendSettings(() => running.client),
    ...sendDiagnostics(running, log),
    ...registerRunCommands(running, runner, log),
    ...registerReviewCommands(proposals, review, log),
    ...registerIndexCommands(running, index, log),
    ...registerStatusCommands(context, { server: running, proposals, answers, index, log }),
    running.onProposalChanged((change) => {
      proposals.changed(change).catch((error: unknown) => tellError(error, log));
    }),
    running.onStatus((status) =>
      proposals.known(status.runs.filter((run) => run.state === "review").map((run) => run.runId)),
    ),
    running.onStatus(() => void index.look()),
    running.onState((state) => {
      if (state !== "running") {
        proposals.clear();
        index.clear();
      }
    }),
    running.onProblem((problem) => void tell("error", problem, ...choicesFor(running))),
  );
  void running.start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

function choicesFor({ state }: Server) {
  return state === "missing"
    ? [
        { title: "Choose the Program…", command: "arriero.ui.chooseServer" },
        { title: "Open Settings", command: "arriero.ui.settings" },
        { title: "Try Again", command: "arriero.ui.restart" },
      ]
    : [restart, showLog];
}
