"""`arriero permissions`: what the model may do here, why, and what was answered for good."""

from __future__ import annotations

import asyncio
import json
import sqlite3

import click

from arriero.cli.failure import DONE, Failure
from arriero.cli.options import folder_option
from arriero.cli.printable import printable

EXAMPLES = """\b
Examples:
  arriero permissions list
  arriero permissions why 'git push origin main'
  arriero permissions why read_file secrets/key.pem
  arriero permissions revoke 3
"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Show what the model may do, and why; take answers back."""


@command.command(
    "list",
    short_help="List the profile, rules and answers.",
    epilog="\b\nExample:\n  arriero permissions list --json",
)
@click.option("--all", "everywhere", is_flag=True, help="What was answered in all workspaces.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def list_(folder: str | None, *, everywhere: bool, as_json: bool) -> int:
    """List the profile, the rules with where each stands, and what was answered for good."""
    from arriero.cli.permission_view import overview
    from arriero.cli.surroundings import find_surroundings
    from arriero.cli.terminal import Terminal

    around = find_surroundings(folder)
    found = overview(around.folder, around.loaded, everywhere=everywhere)
    if as_json:
        click.echo(json.dumps(found.as_json, indent=2))
        return DONE
    terminal = Terminal()
    for line in found.lines:
        terminal.line(printable(line))
    for notice in (*around.loaded.notices, *found.warnings):
        terminal.say("warning", notice)
    return DONE


@command.command(
    short_help="Say whether a call would run, and why.",
    epilog="\b\nExamples:\n"
    "  arriero permissions why 'git log | head'\n"
    "  arriero permissions why edit_file path=src/a.py",
)
@click.argument("words", nargs=-1, required=True, metavar="TOOL [ARGUMENTS]… | 'COMMAND LINE'")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def why(words: tuple[str, ...], folder: str | None, *, as_json: bool) -> int:
    """Say whether a call would run, and which rule, answer or profile decides.

    Nothing is run. Arguments are given in the tool's order, or as NAME=VALUE; what begins with no
    tool's name is a command line.
    """
    from arriero.cli.permission_view import explain
    from arriero.cli.surroundings import find_surroundings
    from arriero.cli.terminal import Terminal

    around = find_surroundings(folder)
    found = asyncio.run(explain(around.folder, around.loaded, words))
    if as_json:
        click.echo(json.dumps(found.as_json, indent=2))
        return DONE
    terminal = Terminal()
    for line in found.lines:
        terminal.line(printable(line))
    return DONE


@command.command(
    epilog="\b\nExamples:\n  arriero permissions revoke 3\n  arriero permissions revoke --all"
)
@click.argument("numbers", nargs=-1, type=int, metavar="[N]…")
@click.option("--all", "everything", is_flag=True, help="All answers, of all workspaces.")
def revoke(numbers: tuple[int, ...], *, everything: bool) -> int:
    """Take back answers by their numbers in `arriero permissions list`."""
    from arriero.cli.permission_view import remembered

    if bool(numbers) == everything:
        raise click.UsageError("Give the numbers of answers, or --all.")
    try:
        gone = remembered().revoke(None if everything else numbers)
    except (OSError, sqlite3.Error) as error:
        raise Failure(f"The answers cannot be written: {error}.") from error
    missing = sorted(set(numbers) - set(gone))
    if missing:
        names = ", ".join(map(str, missing))
        raise Failure(f"There is no answer {names}; `arriero permissions list --all` has them.")
    count = "1 answer is" if len(gone) == 1 else f"{len(gone)} answers are"
    click.echo(f"{count} taken back; you will be asked again.")
    return DONE
