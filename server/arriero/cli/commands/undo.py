"""`arriero undo`: take back what a run changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import DONE, FAILED, Failure
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.door import Door

Json = Mapping[str, Any]


@click.command(
    short_help="Take back what a run changed.",
    epilog="\b\nExamples:\n  arriero undo\n  arriero undo 7c1e",
)
@click.argument("run", required=False)
@folder_option
def command(run: str | None, folder: str | None) -> int:
    """Take back the changes of a RUN, or of the last one that changed files here.

    Only what the run did is taken back; what you changed since then stays. A run's id may be cut
    to its beginning.
    """
    from arriero.cli.door import open_door
    from arriero.cli.interrupt import run as run_to_end
    from arriero.cli.surroundings import find_surroundings
    from arriero.cli.terminal import Terminal

    surroundings = find_surroundings(folder)
    allowed = surroundings.loaded.settings.allowed_dirs
    terminal = Terminal()

    async def undo() -> int:
        async with open_door(surroundings.folder, terminal.say, folders=allowed) as door:
            run_id = await (_find(door, run) if run else _last(door))
            return await _undo(door, run_id)

    return run_to_end(lambda _: undo())


async def _undo(door: Door, run_id: str) -> int:
    from arriero.cli.undoing import undo

    undone = await undo(door, run_id)
    if undone.message:
        click.echo(undone.message)
    if undone.kept:
        click.echo(f"Kept, as they changed since then: {', '.join(undone.kept)}", err=True)
    return DONE if undone.done else FAILED


async def _find(door: Door, prefix: str) -> str:
    runs = [run["runId"] for session in await _sessions(door) for run in session["runs"]]
    found = [one for one in runs if one.startswith(prefix)]
    if prefix in runs or len(found) == 1:
        return prefix if prefix in runs else str(found[0])
    many = "is the beginning of several runs" if found else "is no run"
    raise Failure(f"{prefix} {many} of this folder; `arriero sessions list --json` has them.")


async def _last(door: Door) -> str:
    """Return the run that changed files last and was not taken back."""
    from arriero.cli.undoing import last_applied

    for session in await _sessions(door):
        run_id = await last_applied(door, session["sessionId"])
        if run_id is not None:
            return run_id
    raise Failure("No run has changed files in this folder, or all are taken back already.")


async def _sessions(door: Door) -> Sequence[Json]:
    found: Sequence[Json] = (await door.request("arriero/sessions"))["sessions"]
    return found
