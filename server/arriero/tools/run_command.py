"""The tool that runs a command in the shadow."""

from __future__ import annotations

from dataclasses import replace

from arriero.shadow.types import Command
from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.tools.commands import begin, execute

_LONGEST = 3600.0  # seconds that a model may ask for


@tool(kind="execute", title="Run {command}")
async def run_command(
    context: ToolContext,
    command: str,
    timeout: float | None = None,
    background: bool = False,
) -> ToolResult:
    """Run a shell command in the workspace folder and return its output and exit code. It runs in
    a closed copy: no network, no questions to the user; changes to text files join the proposal.

    Args:
        command: Command line for bash.
        timeout: Seconds after which it is ended.
        background: For servers; a job that later commands reach on localhost.
    """
    if not command.strip():
        raise ToolError("The command is empty; say what to run.")
    limits = context.limits
    if timeout is not None and timeout > 0:
        limits = replace(limits, seconds=min(timeout, _LONGEST))
    to_run = Command(("bash", "-c", command), context.cwd, {}, context.environment, limits)
    return await (begin(context, to_run) if background else execute(context, to_run))
