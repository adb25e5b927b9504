"""`arriero undo`: take back what runs changed, or do it again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import DONE, FAILED, Failure
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.door import Door
    from arriero.cli.terminal import Terminal
    from arriero.cli.undoing import ChangedRun, Direction, Wanted

Json = Mapping[str, Any]

EXAMPLES = """\b
Examples:
  arriero undo                       the last run
  arriero undo 7c1e --hunk 2         one change of a run
  arriero undo --file src/app.py     one file of the last run
  arriero undo --to 7c1e             all that its session did after that run
  arriero undo --redo                what was taken back last
  arriero undo --list                what can be taken back, or done again
"""


@click.command(short_help="Take back what a run changed, or do it again.", epilog=EXAMPLES)
@click.argument("run", required=False)
@click.option("--hunk", "hunks", metavar="N", multiple=True, help="Only this change of the run.")
@click.option("--file", "files", metavar="PATH", multiple=True, help="Only what is in this file.")
@click.option("--to", metavar="RUN", help="All runs of this run's session that came after it.")
@click.option("--redo", is_flag=True, help="Do again what was taken back.")
@click.option("--list", "as_list", is_flag=True, help="Only list the runs that changed files.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def command(
    run: str | None,
    hunks: Sequence[str],
    files: Sequence[str],
    to: str | None,
    redo: bool,
    as_list: bool,
    as_json: bool,
    folder: str | None,
) -> int:
    """Take back the changes of a RUN, or of the last one that changed files here.

    Only what the run did is taken back; what you changed since then stays, and where that is in the
    same lines, you are shown both. A run's id may be cut to its beginning. What was taken back can
    be done again.
    """
    from arriero.cli.door import open_door
    from arriero.cli.interrupt import run as run_to_end
    from arriero.cli.surroundings import find_surroundings
    from arriero.cli.terminal import Terminal

    if to and (run or hunks or files):
        raise click.UsageError("--to takes back whole runs; leave RUN, --hunk and --file out.")
    surroundings = find_surroundings(folder)
    allowed = surroundings.loaded.settings.allowed_dirs
    terminal = Terminal()
    paths = tuple(map(os.path.realpath, files))
    direction: Direction = "redo" if redo else "undo"

    async def work() -> int:
        async with open_door(surroundings.folder, terminal.say, folders=allowed) as door:
            if as_list:
                return await _list(door, terminal, as_json=as_json)
            wanted = await _wanted(door, direction, run, hunks, paths, to)
            return await _turn(door, direction, wanted, as_json=as_json)

    return run_to_end(lambda _: work())


async def _wanted(
    door: Door,
    direction: Direction,
    run: str | None,
    hunks: Sequence[str],
    files: Sequence[str],
    to: str | None,
) -> Wanted:
    from arriero.cli.undoing import Wanted, last_changed

    if to is not None:
        session_id, run_id = await _find(door, to)
        return Wanted(run_id, session_id)
    last = None if run is not None else await last_changed(door, direction)
    if run is None and last is None:
        what = "has changed files" if direction == "undo" else "was taken back"
        rest = ", or all are taken back already." if direction == "undo" else "."
        raise Failure(f"No run {what} in this folder{rest}")
    run_id = last or (await _find(door, run or ""))[1]
    return Wanted(run_id, None, tuple(hunks), tuple(files))


async def _turn(door: Door, direction: Direction, wanted: Wanted, *, as_json: bool) -> int:
    from arriero.cli.printable import printable
    from arriero.cli.undoing import turn

    undone = await turn(door, direction, wanted)
    if as_json:
        click.echo(json.dumps(undone.answer, indent=2))
        return DONE if undone.done else FAILED
    if undone.message:
        click.echo(printable(undone.message))
    if undone.kept:
        names = printable(", ".join(undone.kept))
        click.echo(f"Kept, as they changed since then: {names}", err=True)
    for line in undone.conflicts:
        click.echo(printable(line), err=True)
    return DONE if undone.done else FAILED


async def _list(door: Door, terminal: Terminal, *, as_json: bool) -> int:
    from arriero.cli.columns import show_columns
    from arriero.cli.undoing import changed_runs
    from arriero.cli.words import moment

    if as_json:
        click.echo(json.dumps(await door.request("arriero/changes"), indent=2))
        return DONE
    runs = await changed_runs(door)
    if not runs:
        terminal.line("No run has changed files in this folder yet.")
    rows = [[run.run_id, moment(run.at), *_counts(run), run.label] for run in runs]
    show_columns(terminal, ["run", "changed", "in the files", "taken back", "label"], rows)
    return DONE


def _counts(run: ChangedRun) -> tuple[str, str]:
    return str(run.applied or "-"), str(run.taken_back or "-")


async def _find(door: Door, prefix: str) -> tuple[str, str]:
    """Return the session and the run whose id begins so."""
    from arriero.cli.undoing import changed_runs

    runs = {run["runId"]: s["sessionId"] for s in await _sessions(door) for run in s["runs"]}
    runs.update((run.run_id, run.session_id) for run in await changed_runs(door))
    found = [one for one in runs if one.startswith((prefix, f"run_{prefix}"))]
    if prefix in runs or len(found) == 1:
        run = prefix if prefix in runs else str(found[0])
        return str(runs[run]), run
    many = "is the beginning of several runs" if found else "is no run"
    raise Failure(f"{prefix} {many} of this folder; `arriero undo --list` has them.")


async def _sessions(door: Door) -> Sequence[Json]:
    found: Sequence[Json] = (await door.request("arriero/sessions"))["sessions"]
    return found
