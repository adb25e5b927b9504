"""The tool that looks after commands in the background."""

from __future__ import annotations

from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.tools.commands import finish, jobs_of
from arriero.tools.terminal import as_shown


@tool(kind="execute", title="Output of job {job}")
async def command_output(context: ToolContext, job: int, stop: bool = False) -> ToolResult:
    """Show what a background job has printed since the last look.

    Args:
        job: The job's number.
        stop: End the job.
    """
    jobs = jobs_of(context)
    found = jobs.get(job)
    if found is None:
        running = ", ".join(str(one.number) for one in jobs.running) or "none"
        raise ToolError(f"There is no job {job}; running: {running}.")
    if stop or not found.running:
        return await finish(context, jobs, found)
    output, cut = found.news()
    left_out = f"\n({cut:,} bytes of output were left out.)" if cut else ""
    return ToolResult(f"Job {job} runs.\n{as_shown(output).strip() or '(nothing new)'}{left_out}")
