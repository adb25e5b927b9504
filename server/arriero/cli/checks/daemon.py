"""The daemon and its endpoint."""

from __future__ import annotations

import asyncio

from arriero import __version__
from arriero.cli.checks.finding import Finding
from arriero.cli.words import duration
from arriero.daemon.client import DaemonGone, NotRunning, RemoteError, connect
from arriero.daemon.launch import LaunchFailed

_PATIENCE = 10.0  # seconds


async def daemon() -> Finding:
    """Ask the daemon, without starting it."""
    try:
        async with await connect(start=False) as client:
            told = await client.request("arriero/daemonStatus", timeout=_PATIENCE)
    except NotRunning:
        return Finding("daemon", "ok", "not running; it starts when an editor needs it")
    except LaunchFailed as error:
        return Finding("daemon", "fail", "its endpoint cannot be used", str(error))
    except (asyncio.TimeoutError, DaemonGone, RemoteError) as error:
        text = f"does not answer ({str(error) or 'silent'})"
        return Finding("daemon", "fail", text, "Run `arriero daemon restart`, and see its logs.")
    version, pid = told.get("version"), told.get("pid")
    text = f"version {version}, pid {pid}, up {duration(told.get('uptime', 0))}"
    if version != __version__:
        return Finding("daemon", "warn", text, "Run `arriero daemon restart` for this version.")
    return Finding("daemon", "ok", text)
