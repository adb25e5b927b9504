"""`arriero sessions`: the conversations in a folder."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from arriero.cli.failure import DONE, Failure
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.door import Door

EXAMPLES = """\b
Examples:
  arriero sessions list
  arriero sessions show 3f2a
  arriero sessions export 3f2a > session.md
An ID may be cut to its beginning.
"""
T = TypeVar("T")
Json = Mapping[str, Any]


@click.group(epilog=EXAMPLES)
def command() -> None:
    """List, show, copy, save and remove conversations."""


@command.command("list", epilog="\b\nExample:\n  arriero sessions list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def list_(as_json: bool, folder: str | None) -> int:
    """List the sessions of the current folder, newest first."""
    from arriero.cli.columns import show_columns
    from arriero.cli.terminal import Terminal
    from arriero.cli.words import moment

    found = _with_door(folder, _sessions)
    if as_json:
        click.echo(json.dumps({"sessions": found}, indent=2))
        return DONE
    terminal = Terminal()
    if not found:
        terminal.line('There is no session in this folder yet; begin one with: arriero run "…"')
    rows = [
        [s["sessionId"], moment(s["updatedAt"]), s["mode"], str(len(s["runs"])), s["title"]]
        for s in found
    ]
    show_columns(terminal, ["id", "last used", "mode", "runs", "title"], rows)
    return DONE


@command.command(epilog="\b\nExample:\n  arriero sessions show 3f2a")
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="Print the stored events.")
@folder_option
def show(session: str, as_json: bool, folder: str | None) -> int:
    """Print a conversation."""
    from arriero.cli import transcript
    from arriero.cli.terminal import Terminal

    told = _with_door(folder, lambda door: _whole(door, session))
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        transcript.show(Terminal(), told["events"])
    return DONE


@command.command(epilog="\b\nExample:\n  arriero sessions export 3f2a -o session.md")
@click.argument("session")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A file to write; else stdout."
)
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown")
@folder_option
def export(session: str, output: Path | None, form: str, folder: str | None) -> int:
    """Save a conversation as Markdown or JSON."""
    from arriero.cli import transcript

    told = _with_door(folder, lambda door: _whole(door, session))
    if form == "json":
        text = json.dumps(told, indent=2) + "\n"
    else:
        text = transcript.markdown(told["sessions"][0]["title"], told["events"])
    if output is None:
        click.echo(text, nl=False)
        return DONE
    try:
        output.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror}.") from error
    return DONE


@command.command(
    short_help="Copy a conversation, and print its id.",
    epilog="\b\nExample:\n  arriero sessions fork 3f2a",
)
@click.argument("session")
@folder_option
def fork(session: str, folder: str | None) -> int:
    """Copy a conversation, to go on in two directions; print the copy's id."""

    async def forked(door: Door) -> Json:
        answer: Json = await door.request("arriero/sessions", {"fork": await _id(door, session)})
        return answer

    click.echo(_with_door(folder, forked)["sessions"][0]["sessionId"])
    return DONE


@command.command(
    short_help="Remove conversations.",
    epilog="\b\nExample:\n  arriero sessions rm 3f2a",
)
@click.argument("session", nargs=-1, required=True)
@folder_option
def rm(session: Sequence[str], folder: str | None) -> int:
    """Remove conversations. Files in the folder stay as they are."""

    async def removed(door: Door) -> None:
        for prefix in session:
            session_id = await _id(door, prefix)
            await door.request("arriero/sessions", {"delete": session_id})
            click.echo(f"Removed {session_id}.")

    _with_door(folder, removed)
    return DONE


async def _sessions(door: Door) -> Sequence[Json]:
    found: Sequence[Json] = (await door.request("arriero/sessions"))["sessions"]
    return found


async def _whole(door: Door, prefix: str) -> Json:
    params = {"sessionId": await _id(door, prefix)}
    told: Json = await door.request("arriero/sessions", params)
    return told


async def _id(door: Door, prefix: str) -> str:
    """Return the id that begins like this; raises Failure for none and for several."""
    ids = [str(session["sessionId"]) for session in await _sessions(door)]
    found = [one for one in ids if one.startswith(prefix)]
    if prefix in ids or len(found) == 1:
        return prefix if prefix in ids else found[0]
    many = "is the beginning of several sessions" if found else "is no session"
    raise Failure(f"{prefix} {many} of this folder; see `arriero sessions list`.")


def _with_door(folder: str | None, use: Callable[[Door], Awaitable[T]]) -> T:
    from arriero.cli.door import open_door
    from arriero.cli.interrupt import run
    from arriero.cli.surroundings import find_surroundings
    from arriero.cli.terminal import Terminal

    surroundings = find_surroundings(folder)

    async def used() -> T:
        async with open_door(surroundings.folder, Terminal().say) as door:
            return await use(door)

    return run(lambda _: used())
