import type { Status } from "../protocol/messages";
import { count } from "../review/sides";
import { activeRuns, type ServerState } from "./text";

/** A line of the menu behind the status bar item; no `command` makes it a separator. */
export interface MenuItem {
  label: string;
  description?: string;
  command?: string;
  args?: unknown[];
}

/** A proposal that waits: its run, and how it is called. */
export interface Waiting {
  runId: string;
  label: string;
  openHunks: number;
}

/** `index` says how far the index is; without it there is none to speak of. */
export function menuItems(
  state: ServerState,
  status: Status | undefined,
  waiting: readonly Waiting[],
  index?: string,
): MenuItem[] {
  const server = [
    item("$(refresh) Restart the server", "arriero.ui.restart"),
    item("$(output) Show the log", "arriero.ui.showLog"),
    item("$(server-process) Show the daemon's log", "arriero.ui.showDaemonLog"),
    item("$(gear) Settings", "arriero.ui.settings"),
    item("$(mortar-board) Get started", "arriero.ui.walkthrough"),
  ];
  if (state === "untrusted") {
    return [
      item("$(shield) Manage the trust in this workspace", "workbench.trust.manage"),
      ...server,
    ];
  }
  if (state !== "running") {
    return server;
  }
  const active = activeRuns(status);
  const now = [
    ...active.map((run) =>
      item(`$(debug-stop) Cancel ${run.label}`, "arriero.ui.cancel", run.runId),
    ),
    ...(active.length > 0 ? [item("$(stop-circle) Stop everything", "arriero.ui.stopAll")] : []),
    ...waiting.map(({ runId, label, openHunks }) => ({
      ...item(`$(diff) Review ${label}`, "arriero.ui.reviewProposal", runId),
      description: count(openHunks, "hunk"),
    })),
  ];
  return [
    ...now,
    ...(now.length > 0 ? [{ label: "" }] : []),
    item("$(comment-discussion) Ask…", "arriero.ui.ask"),
    item("$(edit) Edit…", "arriero.ui.edit"),
    item("$(rocket) Give a task…", "arriero.ui.agent"),
    item("$(discard) Undo a run…", "arriero.ui.undo"),
    item("$(redo) Redo a run…", "arriero.ui.redo"),
    { label: "" },
    item("$(search) Search the workspace…", "arriero.ui.search"),
    item("$(list-tree) Show the repo map", "arriero.ui.repoMap"),
    { label: "" },
    {
      ...item("$(server-environment) Select the model…", "arriero.ui.selectModel"),
      description: status?.model ?? "auto",
    },
    {
      ...item("$(database) Rebuild the index", "arriero.ui.rebuildIndex"),
      ...(index !== undefined && { description: index }),
    },
    item("$(info) Status", "arriero.ui.status"),
    ...server,
  ];
}

function item(label: string, command: string, ...args: unknown[]): MenuItem {
  return args.length > 0 ? { label, command, args } : { label, command };
}
