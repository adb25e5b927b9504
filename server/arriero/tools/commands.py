"""What the tools that run something share: the view goes in, the changes come back."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Sequence
from dataclasses import replace

from arriero.sessions.events import FileDiff, Location
from arriero.shadow.jobs import Job, Jobs
from arriero.shadow.types import Command, CommandResult, ShadowError
from arriero.tools.base import ToolContext, ToolError, ToolResult
from arriero.tools.terminal import as_shown
from arriero.workspace.answers import Diff

_MOST_NAMED = 20
# What a server prints when it starts, or that it does not, is there by then.
_FIRST_SECONDS = 1.0
# What programs say when the boundary refuses something.
_REFUSED = re.compile(
    r"Permission denied|Read-only file system|Operation not permitted|Network is unreachable"
    r"|Could not resolve host|name resolution|Name or service not known|PermissionError",
    re.IGNORECASE,
)


async def execute(context: ToolContext, command: Command) -> ToolResult:
    """Run a command on the view's files and take what it changed into the proposal.

    Raises ShadowError, WorkspaceError.
    """
    files = await asyncio.to_thread(context.view.overlay)
    result = await context.shadow.run(replace(command, files=files))
    return await told(context, result, _ending(result, command.limits.seconds))


async def begin(context: ToolContext, command: Command) -> ToolResult:
    """Run a command on the view's files in the background, and tell how it begins.

    Raises ShadowError, ToolError.
    """
    jobs = jobs_of(context)
    files = await asyncio.to_thread(context.view.overlay)
    job = await jobs.start(replace(command, files=files))
    await job.wait(_FIRST_SECONDS)
    if not job.running:
        job.told = True
        return await finish(context, jobs, job)
    output, cut = job.news()
    begun = (
        f"Runs in the background as job {job.number} ({context.shadow.kind}). It sees the files as "
        "they are now: after an edit start it anew. command_output shows what it prints and "
        "stops it."
    )
    lines = [begun, as_shown(output).strip("\n") or "(no output yet)", *_cut(cut)]
    return ToolResult("\n".join(lines))


async def finish(context: ToolContext, jobs: Jobs, job: Job) -> ToolResult:
    """End a job and take what it changed into the proposal. Raises ShadowError."""
    was_running = job.running
    files = await asyncio.to_thread(context.view.overlay)
    try:
        result = await job.result(files)
    except ShadowError:
        jobs.forget(job)
        raise
    jobs.forget(job)  # not before: of one whose end was cancelled it can still be asked
    ending = " was stopped" if was_running else f": {_ending(result, 0.0)}"
    return await told(context, result, f"Job {job.number}{ending}", of_job=True)


def jobs_of(context: ToolContext) -> Jobs:
    """Return the jobs of the session. Raises ToolError where there can be none."""
    jobs = getattr(context.shadow, "jobs", None)
    if not isinstance(jobs, Jobs):
        raise ToolError("No command can run in the background here; run it without background.")
    return jobs


async def told(
    context: ToolContext, result: CommandResult, ending: str, *, of_job: bool = False
) -> ToolResult:
    """Take what a command changed into the proposal, and tell what became of it."""
    absorbed = await asyncio.to_thread(context.view.absorb, result.writes)
    output = as_shown(result.output).strip("\n")
    held = f" ({result.held})" if result.held else ""
    lines = [f"{ending}{held}", output or "(no output)", *_cut(result.output_cut)]
    if result.exit_code != 0 and _REFUSED.search(output):
        lines.append(f"(What confines commands here: {context.shadow.boundary}.)")
    if absorbed.diffs:
        changed = [_change(context, diff) for diff in absorbed.diffs]
        lines.append(f"Changed files, now in the proposal: {_named(changed)}")
    skipped = [note.rstrip(".") for note in (*result.skipped, *absorbed.skipped)]
    if skipped:
        lines.append(f"Not taken into the proposal: {_named(skipped, '; ')}")
    if result.ignored and not of_job:
        files_ = "file" if result.ignored == 1 else "files"
        lines.append(f"{result.ignored} ignored {files_} changed; the next command finds them.")
    lines += _ended_jobs(context)
    return ToolResult(
        "\n".join(lines),
        tuple(Location(diff.path) for diff in absorbed.diffs),
        tuple(FileDiff(diff.path, diff.old_text, diff.new_text) for diff in absorbed.diffs),
    )


def _ended_jobs(context: ToolContext) -> list[str]:
    jobs = getattr(context.shadow, "jobs", None)
    if not isinstance(jobs, Jobs):
        return []
    return [
        f"(Job {job.number} has ended; command_output with job {job.number} says how.)"
        for job in jobs.untold()
    ]


def _cut(cut: int) -> list[str]:
    if not cut:
        return []
    return [
        f"({cut:,} bytes of output were left out; print less, for example through tail or grep.)"
    ]


def _ending(result: CommandResult, seconds: float) -> str:
    match result.ended:
        case "exited" if result.exit_code is not None and result.exit_code < 0:
            return f"Ended by {_signal(-result.exit_code)} after {result.seconds:.1f} s"
        case "exited":
            return f"Exit code {result.exit_code} after {result.seconds:.1f} s"
        case "timeout":
            return (
                f"Error: ended after the time limit of {seconds:g} s. "
                "Run a smaller part, or give a longer timeout."
            )
        case "cancelled":
            return "Error: the user cancelled this command."
        case "memory":
            return "Error: ended because it needed too much memory. Run a smaller part."
        case "processes":
            return "Error: ended because it started too many processes. Run fewer at a time."
        case "disk":
            return "Error: ended because it wrote too much to the disk. Write less."


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def _change(context: ToolContext, diff: Diff) -> str:
    shown = context.view.display(diff.path)
    if diff.new_text is None:
        return f"{shown} (deleted)"
    return f"{shown} (new)" if diff.old_text is None else shown


def _named(names: Sequence[str], separator: str = ", ") -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return separator.join(names[:_MOST_NAMED]) + more
