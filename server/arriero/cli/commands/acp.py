"""`arriero acp`: the agent for editors that speak the Agent Client Protocol."""

from __future__ import annotations

import click

EXAMPLES = """\b
Examples:
  arriero acp                 what an editor is told to start, such as Zed:
  "agent_servers": {"Arriero": {"command": "arriero", "args": ["acp"]}}
"""


@click.command(epilog=EXAMPLES)
def command() -> int:
    """Speak the Agent Client Protocol on stdin and stdout.

    An editor starts this. It talks to the shared daemon, which is started if none runs; what a run
    proposes is asked about file by file, and then written to the files.
    """
    import asyncio

    from arriero.cli.acp.stdio import serve_stdio
    from arriero.cli.failure import DONE

    asyncio.run(serve_stdio())
    return DONE
