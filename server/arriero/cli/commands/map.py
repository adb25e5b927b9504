"""`arriero map`: an outline of what matters most in the current folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import DONE, FAILED
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.door import Door
    from arriero.cli.surroundings import Surroundings

EXAMPLES = """\b
Examples:
  arriero map
  arriero map --tokens 4000
  arriero map --about "how are sessions stored"
The exit code is 1 where there is nothing to show.
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--tokens", type=click.IntRange(1, 100_000), default=1024, show_default=True,
    help="The most tokens that the map may have.",
)  # fmt: skip
@click.option("--about", metavar="WORDS", default="", help="What it is for.")
@click.option(
    "--wait", type=click.FloatRange(0, 30), default=10.0, show_default=True, metavar="SECONDS",
    help="How long to wait for an index that is not ready.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def command(tokens: int, about: str, wait: float, as_json: bool, folder: str | None) -> int:
    """Show the most important files and what they define."""
    from arriero.cli.index_answers import with_door
    from arriero.cli.terminal import Terminal

    params = {"tokens": tokens, "words": about, "wait": wait}

    async def asked(door: Door, _: Surroundings) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await door.request("arriero/map", params)
        return answer

    told = with_door(folder, asked)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        terminal = Terminal()
        terminal.piece(told["text"])
        if not told["text"]:
            terminal.say("info", "There is nothing to show.")
        if told["note"]:
            terminal.say("info", told["note"])
    return DONE if told["text"] else FAILED
