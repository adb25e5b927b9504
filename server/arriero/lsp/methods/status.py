"""`arriero/status`, and `arriero/statusChanged` when it would answer something else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from arriero import __version__
from arriero.lsp.messages import RunStatus, StatusMessage, StatusParams, WorkspaceStatus

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection

STATUS_CHANGED = "arriero/statusChanged"
_PATIENCE = 3.0  # seconds for a model server that is slow to say that it is there


async def status(connection: Connection, _: StatusParams) -> StatusMessage:
    """Return the status as it is now; asks the model server whether it answers."""
    attachment = await connection.attached()
    try:
        state = await asyncio.wait_for(attachment.provider_state(), _PATIENCE)
    except asyncio.TimeoutError:
        state = ("unavailable", f"The provider {attachment.provider_name} does not answer.")
    connection.provider_state = state
    return _status(connection, attachment)


async def tell_status(connection: Connection) -> None:
    """Notify the client; the model server is taken to be as it was when last asked."""
    attachment = await connection.attached()
    connection.notify(STATUS_CHANGED, _status(connection, attachment))


def _status(connection: Connection, attachment: Attachment) -> StatusMessage:
    state, words = connection.provider_state
    watched = [one.watcher.status.problem for one in attachment.workspaces]
    problems = (attachment.settings_problem, "" if state == "ready" else words, *watched)
    return StatusMessage(
        version=__version__,
        model=attachment.selected_model,
        provider=attachment.provider_name,
        provider_state=state,
        message=next((one for one in problems if one), ""),
        connections=connection.hub.connections,
        workspace=WorkspaceStatus(
            folders=[connection.display(root) for root in attachment.roots],
            connections=max((one.connections for one in attachment.workspaces), default=0),
            watching=not any(watched),
        ),
        runs=[
            RunStatus(run.run_id, run.session_id, run.label, run.state, run.step)
            for run in attachment.runs
        ]
        + [
            RunStatus(run.run_id, run.session_id, run.label, "review", 0)
            for run in attachment.waiting
        ],
        shadow=attachment.settings.shadow.kind,
    )
