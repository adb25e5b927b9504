"""`arriero daemon`: the process behind all editors."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import DONE, FAILED, Failure
from arriero.within import within

if TYPE_CHECKING:
    from arriero.cli.terminal import Terminal

EXAMPLES = """\b
Examples:
  arriero daemon status
  arriero daemon restart
  arriero daemon logs -f
"""
_POLL = 0.2  # seconds
_PATIENCE = 30.0  # seconds for a daemon that ends: runs are cancelled and stored first


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Look at the daemon. Editors and commands start it when they need it."""


@command.command(epilog="\b\nExample:\n  arriero daemon start")
def start() -> int:
    """Start the daemon if it does not run."""
    return _run(_start())


@command.command(epilog="\b\nExample:\n  arriero daemon stop")
def stop() -> int:
    """End the daemon; runs are cancelled, and what they did is kept."""
    return _run(_stop())


@command.command(epilog="\b\nExample:\n  arriero daemon restart")
def restart() -> int:
    """End the daemon and start it again."""

    async def both() -> int:
        await _stop()
        return await _start()

    return _run(both())


@command.command(epilog="\b\nExample:\n  arriero daemon status --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> int:
    """Show connections, workspaces, runs and memory. Exit code 1 when it does not run."""
    return _run(_status(as_json=as_json))


@command.command(epilog="\b\nExample:\n  arriero daemon logs -f")
@click.option("-f", "--follow", is_flag=True, help="Go on printing what comes.")
@click.option("-n", "--lines", default=50, show_default=True, help="How many lines to begin with.")
def logs(follow: bool, lines: int) -> int:
    """Print the end of the daemon's log."""
    from arriero.cli.follow import follow as follow_file
    from arriero.cli.follow import last_lines
    from arriero.observe.log import FILE_NAME
    from arriero.settings.paths import state_dir

    path = state_dir() / FILE_NAME
    if not path.exists():
        raise Failure(f"There is no log yet at {path}; the daemon writes it when it runs.")
    click.echo(last_lines(path, lines), nl=False)
    if follow:
        follow_file(path, lambda text: click.echo(text, nl=False), lambda: time.sleep(_POLL))
    return DONE


@command.command(hidden=True)
def run() -> int:
    """Be the daemon, in the foreground."""
    from arriero.cli import serve

    return serve.main()


def _run(main: Any) -> int:
    from arriero.cli.interrupt import run as run_to_end

    return int(run_to_end(lambda _: main))


async def _start() -> int:
    from arriero.daemon.client import connect

    async with await connect() as client:
        told = await client.request("arriero/daemonStatus")
    click.echo(f"The daemon runs (version {told['version']}, pid {told['pid']}).")
    return DONE


async def _stop() -> int:
    from arriero.daemon.client import DaemonGone, NotRunning, connect

    try:
        client = await connect(start=False)
    except NotRunning:
        click.echo("The daemon was not running.")
        return DONE
    async with client:
        with contextlib.suppress(DaemonGone):  # it may be faster than its answer
            await client.request("arriero/daemonStop")
        try:
            await within(client.wait_closed(), _PATIENCE)
        except asyncio.TimeoutError as error:
            raise Failure(
                f"The daemon has not ended after {_PATIENCE:.0f} s; `arriero daemon logs` may say "
                "why."
            ) from error
    click.echo("The daemon has ended.")
    return DONE


async def _status(*, as_json: bool) -> int:
    from arriero.cli.terminal import Terminal
    from arriero.daemon.client import NotRunning, connect

    try:
        async with await connect(start=False) as client:
            told = await client.request("arriero/daemonStatus")
    except NotRunning:
        click.echo(json.dumps({"running": False}) if as_json else "The daemon is not running.")
        return FAILED
    if as_json:
        click.echo(json.dumps({"running": True, **told}, indent=2))
    else:
        _show(Terminal(), told)
    return DONE


def _show(terminal: Terminal, told: Mapping[str, Any]) -> None:
    from arriero.cli.words import byte_count, duration

    terminal.line(
        f"Version {told['version']}, pid {told['pid']}, up {duration(told['uptime'])}, "
        f"{byte_count(told['memory'])} of memory"
    )
    for name in ("connections", "workspaces", "runs"):
        entries = told.get(name) or []
        terminal.line(f"{name.capitalize()}: {len(entries) or 'none'}")
        for entry in entries:
            terminal.line("  " + ", ".join(_words(entry)))


def _words(entry: Mapping[str, Any]) -> list[str]:
    return [
        f"{key} {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in entry.items()
        if value not in (None, "", [])
    ]
