"""What a connection may say before `initialize`: whose it is, and what the command line asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arriero.lsp.messages import (
    AttachParams,
    StatusParams,
    StopMessage,
    StopParams,
    StoppedRun,
)

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


def attach(connection: Connection, params: AttachParams) -> None:
    """Note the editor's environment; without it the daemon's own holds."""
    if params.env is not None:
        connection.environment = dict(params.env)


async def daemon_status(connection: Connection, _: StatusParams) -> dict[str, Any]:
    """Return what `arriero daemon status` shows."""
    return connection.hub.status()


async def stop(connection: Connection, params: StopParams) -> StopMessage:
    """End one run, or everything that goes on for whatever client; the daemon stays."""
    stops = connection.hub.stops
    stopped = await (stops.all() if params.run_id is None else stops.one(params.run_id))
    return StopMessage([StoppedRun(one.run_id, one.label, one.ended) for one in stopped])


async def daemon_stop(connection: Connection, _: StatusParams) -> None:
    """Ask the daemon to end; the answer is sent before it does."""
    connection.hub.stopping.set()
