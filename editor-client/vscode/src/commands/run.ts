import { ProgressLocation, window, workspace } from "vscode";
import type { AnswerView } from "../answers/view";
import type { CommandArgument, RunResult } from "../protocol/messages";
import type { Proposals } from "../review/proposals";
import type { Review } from "../review/review";
import type { Server } from "../server/server";
import { type Choice, mention, showLog, tell } from "../tell";
import type { CommandSpec } from "./catalog";
import { putCommitMessage } from "./commitMessage";
import { Meter } from "./meter";
import { type OutcomeAction, outcomeOf } from "./outcome";

/** Where a result goes, if not to where it goes by itself. */
export interface Ways {
  /** The root of the Git repository for a commit message, as a URI. */
  repository?: string | undefined;
  review?: "diff" | "file";
}

/** Runs a command from its question to what the user sees at the end. */
export class Runner {
  constructor(
    private readonly server: Server,
    private readonly proposals: Proposals,
    private readonly review: Review,
    private readonly answers: AnswerView,
  ) {}

  /** Resolves when the run has ended and its result is shown. Rejects when there is no result. */
  async run(
    spec: CommandSpec,
    argument: CommandArgument,
    { repository, review }: Ways = {},
  ): Promise<RunResult> {
    const result = await this.watch(spec, argument);
    const open = await this.openHunks(result);
    const outcome = outcomeOf(spec, result, open);
    const title = titleOf(spec, argument);
    if (result.stopReason === "cancelled") {
      mention("Arriero: cancelled");
    }
    if (outcome.show === "answer") {
      await this.answers.show(title, result.message);
    } else if (outcome.show === "commit") {
      await putCommitMessage(result.message, repository);
    } else if (outcome.show === "review") {
      await this.review.ended(result.runId, review);
    }
    if (outcome.notice !== undefined) {
      const { level, text, actions } = outcome.notice;
      const choices = actions.map((action) => choiceFor(action, title, result));
      void tell(level, text, ...(level === "error" ? openFolder() : []), ...choices);
    }
    return result;
  }

  private async watch(spec: CommandSpec, argument: CommandArgument): Promise<RunResult> {
    const api = await this.server.api();
    const options = {
      location: ProgressLocation.Notification,
      title: `Arriero: ${spec.title}`,
      cancellable: true,
    };
    return window.withProgress(options, (progress, token) => {
      const meter = new Meter();
      return api.run(spec.server, argument, {
        token,
        onProgress: (value) => progress.report(meter.step(value)),
      });
    });
  }

  private async openHunks(result: RunResult): Promise<number> {
    if (result.applied || (!result.edit && this.proposals.openCount(result.runId) === 0)) {
      return 0;
    }
    await this.proposals.load(result.runId);
    return this.proposals.openCount(result.runId);
  }
}

/** Most of what fails in a window without a folder fails for that reason. */
function openFolder(): Choice[] {
  return workspace.workspaceFolders?.length
    ? []
    : [{ title: "Open Folder…", command: "workbench.action.files.openFolder" }];
}

function titleOf(spec: CommandSpec, argument: CommandArgument): string {
  if (argument.prompt) {
    return argument.prompt;
  }
  const file = argument.textDocument?.uri.split(/[/:]/).pop();
  const name = `${spec.name.charAt(0).toUpperCase()}${spec.name.slice(1)}`;
  return file ? `${name} ${decodeURIComponent(file)}` : name;
}

function choiceFor(action: OutcomeAction, title: string, result: RunResult): Choice {
  switch (action) {
    case "undo":
      return { title: "Undo", command: "arriero.ui.undo", args: [result.runId] };
    case "answer":
      return {
        title: "Show Answer",
        command: "arriero.ui.showAnswer",
        args: [title, result.message],
      };
    case "log":
      return showLog;
  }
}
