"""`arriero search`: what is where in the current folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import DONE, FAILED, USAGE, Failure
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.door import Door
    from arriero.cli.surroundings import Surroundings
    from arriero.cli.terminal import Terminal

EXAMPLES = """\b
Examples:
  arriero search "where are passwords checked"
  arriero search --kind symbol parse_date
  arriero search --kind text "TODO: remove" --limit 100
  arriero search --kind regex "def test_\\w+_twice" --json
The exit code is 0 if something was found, 1 if nothing, 2 for wrong usage.
"""
_KINDS = ("auto", "text", "regex", "symbol", "semantic")
_LINES = ("text", "regex")  # what may be blanks
_MOST_REASONS = 3
_INVALID_PARAMS = -32602

Json = Mapping[str, Any]


@click.command(epilog=EXAMPLES)
@click.argument("query")
@click.option(
    "--kind", type=click.Choice(_KINDS), default="auto", show_default=True, metavar="KIND",
    help="What QUERY is: a question or words (auto), a text as it is, a regular expression "
    "(regex), the name of a symbol, or something that is meant (semantic).",
)  # fmt: skip
@click.option(
    "-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True,
    help="The most places to show.",
)  # fmt: skip
@click.option(
    "--wait", type=click.FloatRange(0, 30), default=2.0, show_default=True, metavar="SECONDS",
    help="How long to wait for an index that is not ready.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def command(
    query: str, kind: str, limit: int, wait: float, as_json: bool, folder: str | None
) -> int:
    """Find text, names, or what a question is about."""
    from arriero.cli.index_answers import with_door
    from arriero.cli.terminal import Terminal
    from arriero.daemon.client import RemoteError

    if not query or (kind not in _LINES and not query.strip()):
        raise Failure("The query is empty; say what to look for.", USAGE)
    params = {"query": query, "kind": kind, "limit": limit, "wait": wait}

    async def asked(door: Door, surroundings: Surroundings) -> tuple[Json, str]:
        return await door.request("arriero/search", params), surroundings.folder

    try:
        found, root = with_door(folder, asked)
    except RemoteError as error:
        code = USAGE if error.code == _INVALID_PARAMS else FAILED
        raise Failure(str(error), code) from error
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        _show(Terminal(), found, root, by_line=kind in _LINES)
    return DONE if found["hits"] else FAILED


def _show(terminal: Terminal, found: Json, root: str, *, by_line: bool) -> None:
    for number, hit in enumerate(found["hits"]):
        if number and not by_line:
            terminal.line()
        _show_hit(terminal, hit, root, by_line=by_line)
    if not found["hits"]:
        terminal.say("info", "Nothing was found.")
    if found["note"]:
        terminal.say("info", found["note"])
    elif found.get("cursor"):
        terminal.say("info", "There is more; raise --limit to see it.")


def _show_hit(terminal: Terminal, hit: Json, root: str, *, by_line: bool) -> None:
    from arriero.workspace.naming import visible
    from arriero.workspace.uris import uri_to_path

    path = uri_to_path(hit["uri"])
    inside = root.rstrip("/") + "/"
    shown = path.removeprefix(inside)
    terminal.piece(visible(shown), "magenta")
    terminal.piece(f":{hit['range']['start']['line'] + 1}", "green")
    if by_line:
        terminal.line(f": {hit['text']}")
        return
    terminal.line(f"  {'; '.join(hit['why'][:_MOST_REASONS])}", "dim")
    for line in hit["text"].split("\n"):
        terminal.line(f"    {line}")
