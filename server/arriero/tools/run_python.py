"""The tool that runs a piece of Python in the shadow."""

from __future__ import annotations

from arriero.shadow.types import Command
from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.tools.commands import execute

# The project's own interpreter where it has one: its packages are what the code is about.
_INTERPRETER = (
    "for python in .venv/bin/python venv/bin/python python3 python; do "
    'command -v "$python" >/dev/null && exec "$python" -; done; '
    'echo "no Python was found on the PATH" >&2; exit 127'
)


@tool(kind="execute", title="Run Python")
async def run_python(context: ToolContext, code: str) -> ToolResult:
    """Run Python code in the workspace folder and return what it prints. It runs in the same
    closed copy as run_command.

    Args:
        code: Program text; use print to see values.
    """
    if not code.strip():
        raise ToolError("The code is empty; send a program that prints what you want to know.")
    return await execute(
        context,
        Command(
            ("bash", "-c", _INTERPRETER),
            context.cwd,
            {},
            context.environment,
            context.limits,
            stdin=code.encode("utf-8", "replace"),
        ),
    )
