"""`arriero mcp`: our tools for other agents."""

from __future__ import annotations

from importlib import util
from typing import TYPE_CHECKING

import click

from arriero.cli.failure import DONE, Failure
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.headless.toolbox import ApplyEdits
    from arriero.tools.registry import Mode

EXAMPLES = """\b
Example, in the settings of an agent that takes MCP servers:
  {"mcpServers": {"arriero": {"command": "arriero", "args": ["mcp"]}}}
"""


@click.command(short_help="Serve our tools to other agents (MCP).", epilog=EXAMPLES)
@click.option(
    "--mode",
    type=click.Choice(["ask", "edit", "agent"]),
    default="agent",
    show_default=True,
    help="ask offers what reads, edit what changes files too, agent commands as well.",
)
@click.option(
    "--apply",
    "apply_",
    type=click.Choice(["auto", "never"]),
    default="auto",
    show_default=True,
    help="Write edits to the files, or leave them as proposals for an editor.",
)
@folder_option
def command(mode: Mode, apply_: ApplyEdits, folder: str | None) -> int:
    """Serve Arriero's tools as an MCP server on stdin and stdout.

    They work in the given folder, else in the roots that the client tells, else in the current
    one. Every edit can be taken back with `arriero undo`.
    """
    if util.find_spec("mcp_types") is None:
        raise Failure("The package `mcp` is missing: pip install 'arriero[mcp]'")
    from arriero.cli.interrupt import run
    from arriero.cli.mcp.server import serve
    from arriero.cli.surroundings import find_surroundings

    surroundings = find_surroundings(folder)
    named = surroundings.folder if folder else None
    run(lambda _: serve(surroundings, named, mode=mode, apply=apply_))
    return DONE
