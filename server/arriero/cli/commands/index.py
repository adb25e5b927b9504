"""`arriero index`: how far the index of the current folder is, building it anew, embedding."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import DONE, Failure
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.door import Door
    from arriero.cli.surroundings import Surroundings
    from arriero.cli.terminal import Terminal

EXAMPLES = """\b
Examples:
  arriero index status
  arriero index rebuild
  arriero index embed
"""
_PATIENCE = 2.0  # seconds in which an index that was built before is found to be up to date
_SAID = {
    "off": "not indexed",
    "waiting": "waiting for its turn",
    "scanning": "looking which files there are",
    "building": "being built",
    "paused": "paused while a run needs the processor",
    "ready": "ready",
}
_MEANING_SAID = {
    "waiting": "waiting for a quiet moment",
    "embedding": "going on",
    "paused": "paused while something else needs the machine",
    "ready": "ready",
    "failing": "tried again later",
}


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Show or rebuild the index of the folder."""


@command.command(epilog="\b\nExample:\n  arriero index status --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def status(as_json: bool, folder: str | None) -> int:
    """Show how far the index is."""
    from arriero.cli.index_answers import index_of, with_door
    from arriero.cli.terminal import Terminal

    async def asked(door: Door, _: Surroundings) -> Mapping[str, Any]:
        return await index_of(door, _PATIENCE)

    told = with_door(folder, asked)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return DONE
    terminal = Terminal()
    terminal.line(f"index   {_SAID[told['state']]}")
    if told["state"] != "off":
        terminal.line(f"files   {told['done']:,} of {told['files']:,}")
    meaning = told.get("meaning")
    if meaning:
        done = f"{meaning['done']:,} of {meaning['chunks']:,} chunks"
        terminal.line(f"meaning {done} in {meaning['model']}, {_MEANING_SAID[meaning['state']]}")
    for message in (told["message"], meaning["message"] if meaning else ""):
        if message:
            terminal.say("info", message)
    return DONE


@command.command(epilog="\b\nExample:\n  arriero index rebuild")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def rebuild(as_json: bool, folder: str | None) -> int:
    """Build the index from nothing, and wait until it is done.

    A folder that is not indexed by itself, such as your home, is from then on.
    """
    from arriero.cli.index_answers import until_ready, with_door
    from arriero.cli.terminal import Terminal

    terminal = Terminal()

    async def rebuilt(door: Door, _: Surroundings) -> Mapping[str, Any]:
        answer = await door.command("arriero.reindex", {})
        if not answer["started"]:
            raise Failure(answer["message"])
        return await until_ready(door, terminal)

    began = time.monotonic()
    told = with_door(folder, rebuilt)
    if told["state"] == "off":
        raise Failure(told["message"])
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        seconds = time.monotonic() - began
        _say_done(terminal, f"{told['done']:,} files are indexed ({seconds:.1f} s).", told)
    return DONE


@command.command(
    short_help="Embed what lacks a vector, and wait.", epilog="\b\nExample:\n  arriero index embed"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def embed(as_json: bool, folder: str | None) -> int:
    """Embed what lacks a vector for the search by meaning, and wait until it is done."""
    from arriero.cli.index_answers import until_embedded, until_ready, with_door
    from arriero.cli.terminal import Terminal

    terminal = Terminal()

    async def embedded(door: Door, _: Surroundings) -> Mapping[str, Any]:
        told = await until_ready(door, terminal)
        return told if told["state"] == "off" else await until_embedded(door, terminal)

    told = with_door(folder, embedded)
    meaning = told.get("meaning")
    if told["state"] == "off":
        raise Failure(told["message"])
    if meaning is None:
        raise Failure("No embedding model is named; set `meaning.model`, such as nomic-embed-text.")
    if meaning["state"] == "failing":
        raise Failure(meaning["message"])
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        done = f"{meaning['done']:,} chunks have a vector in {meaning['model']}."
        _say_done(terminal, done, meaning)
    return DONE


def _say_done(terminal: Terminal, line: str, told: Mapping[str, Any]) -> None:
    """Say what was done, and the message that the daemon gives with it."""
    terminal.line(line)
    if told["message"]:
        terminal.say("info", told["message"])
