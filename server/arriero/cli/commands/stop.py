"""`arriero stop`: end all runs at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from arriero.cli.failure import DONE, FAILED, Failure

Json = Mapping[str, Any]

EXAMPLES = """\b
Examples:
  arriero stop            end everything now
  arriero stop run_7c1e   end one run; its id may be cut to its beginning
"""


@click.command(short_help="End all runs at once.", epilog=EXAMPLES)
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything, as without a RUN.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(run: str | None, everything: bool, as_json: bool) -> int:
    """End everything that works for you now, or one RUN.

    That is all runs of all editors, terminals and programs, with their commands, and what else is
    asked of models. What a run did is kept as a proposal. Arriero goes on and takes new requests:
    `arriero daemon stop` is what ends the daemon.
    """
    from arriero.cli.interrupt import run as run_to_end

    if run and everything:
        raise click.UsageError("Give a RUN or --all, not both.")
    return int(run_to_end(lambda _: _stop(run, as_json=as_json)))


async def _stop(run: str | None, *, as_json: bool) -> int:
    from arriero.daemon.client import NotRunning, connect

    try:
        async with await connect(start=False) as client:
            run_id = (
                None if run is None else _found(run, await client.request("arriero/daemonStatus"))
            )
            stopped = (await client.request("arriero/stop", {"runId": run_id}))["runs"]
    except NotRunning:
        if run is not None:
            raise Failure("The daemon is not running, so no run of it goes on.") from None
        _tell_others()
        stopped = []
    if as_json:
        click.echo(json.dumps({"runs": stopped}, indent=2))
    else:
        _show(stopped)
    return DONE if all(one["ended"] for one in stopped) else FAILED


def _tell_others() -> None:
    """Without a daemon there may still be gateways and servers of one editor."""
    from arriero.daemon.stopping import FILE_NAME, tell_all
    from arriero.settings.paths import state_dir

    try:
        tell_all(state_dir() / FILE_NAME)
    except OSError as error:
        raise Failure(f"Other processes cannot be told to stop: {error.strerror}.") from error


def _found(prefix: str, status: Json) -> str:
    runs = [str(run["runId"]) for run in status["runs"]]
    found = [one for one in runs if one == prefix] or [
        one for one in runs if one.startswith(prefix)
    ]
    if len(found) == 1:
        return found[0]
    many = "is the beginning of several runs" if found else "is no run that goes on in the daemon"
    raise Failure(f"{prefix} {many}; `arriero daemon status` shows them.")


def _show(stopped: Sequence[Json]) -> None:
    from arriero.cli.printable import one_line

    if not stopped:
        click.echo("No run of the daemon was going on; whatever else asked a model was stopped.")
    for one in stopped:
        words = "Stopped" if one["ended"] else "Told to stop, and not at its end yet:"
        click.echo(f"{words} {one['runId']} ({one_line(one['label'])})")
