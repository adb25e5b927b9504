import { type ExtensionContext, window, workspace } from "vscode";
import { AnswerView } from "./answers/view";
import { registerChat } from "./chat/register";
import { codeActionCommands, registerRunCommands } from "./commands/register";
import { Runner } from "./commands/run";
import { sendDiagnostics } from "./diagnostics/send";
import { registerIndexCommands } from "./index/commands";
import { IndexWatch } from "./index/watch";
import { InlineInput } from "./inline/input";
import { WorkLenses } from "./lens/provider";
import { offerModels } from "./lm/provider";
import { registerReviewCommands } from "./review/commands";
import { ProposalDocuments } from "./review/documents";
import { HunksInFile } from "./review/inFile";
import { ReviewLenses } from "./review/lenses";
import { HunkMarks } from "./review/marks";
import { Proposals } from "./review/proposals";
import { Review } from "./review/review";
import { Steps } from "./review/steps";
import { DaemonLog } from "./server/daemonLog";
import { OwnServer } from "./server/own";
import { Server } from "./server/server";
import { sendSettings } from "./settings/send";
import { registerSetupCommands } from "./setup/commands";
import { StatusBar } from "./status/bar";
import { registerStatusCommands } from "./status/commands";
import { lookAgain } from "./status/lookAgain";
import { tell, tellError } from "./tell";

let server: Server | undefined;

/** Puts the parts together. The server starts in the background: nothing waits for it here. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("Arriero", { log: true });
  const running = new Server(log, new OwnServer(context, log));
  server = running;
  const proposals = new Proposals(() => running.api());
  const review = new Review(proposals);
  const hunks = new HunksInFile(proposals, (error) => log.debug("No proposal:", String(error)));
  const steps = new Steps(proposals, hunks);
  const answers = new AnswerView();
  const daemonLog = new DaemonLog(running);
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
    hunks,
    steps,
    new HunkMarks(hunks),
    new InlineInput(running, runner, log),
    new WorkLenses(),
    offerModels(running, log),
    daemonLog,
    lookAgain(running),
    ...registerSetupCommands(context, running, log),
    new ReviewLenses(proposals, hunks),
    index,
    new StatusBar(running, proposals, index),
    sendSettings(() => running.client),
    ...sendDiagnostics(running, log),
    ...registerRunCommands(running, runner, log),
    ...registerReviewCommands(proposals, review, steps, log),
    ...registerChat(context, { server: running, proposals, answers, log }),
    ...registerIndexCommands(running, index, log),
    ...registerStatusCommands(context, {
      server: running,
      proposals,
      answers,
      index,
      daemonLog,
      log,
    }),
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
    workspace.onDidGrantWorkspaceTrust(() => void running.start()),
    running.onProblem(({ level, text, choices }) => void tell(level, text, ...choices)),
  );
  void running.start(); // in a workspace that is not trusted it waits
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
