"""`arriero/status`, and `arriero/statusChanged` when it would answer something else."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from arriero import __version__
from arriero.lsp.completion_messages import CompletionMessage
from arriero.lsp.context_messages import ResidenceMessage
from arriero.lsp.messages import RunStatus, StatusMessage, StatusParams, WorkspaceStatus
from arriero.lsp.methods.index import summary
from arriero.models.residency import Residence
from arriero.within import within

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection

log = logging.getLogger(__name__)

STATUS_CHANGED = "arriero/statusChanged"
_PATIENCE = 3.0  # seconds for a model server that is slow to say that it is there


async def status(connection: Connection, _params: StatusParams) -> StatusMessage:
    """Return the status as it is now; asks the model server whether it answers."""
    attachment = await connection.attached()
    state, _ = await asyncio.gather(_provider_state(attachment), _see_model(connection, attachment))
    if connection.provider_state[0] not in ("unknown", state[0]):
        connection.status_changed()  # who asked may not be who shows it
    connection.provider_state = state
    return await _status(connection, attachment)


async def _provider_state(attachment: Attachment) -> tuple[str, str]:
    try:
        return await within(attachment.provider_state(), _PATIENCE)
    except asyncio.TimeoutError:
        return "unavailable", f"The provider {attachment.provider_name} does not answer."


async def _see_model(connection: Connection, attachment: Attachment) -> None:
    """Have it looked where the model is; what was seen last is told if that takes too long."""
    try:
        await within(connection.hub.residency.state(attachment), _PATIENCE)
    except asyncio.TimeoutError:
        log.info("%s is slow to tell what is in memory", attachment.provider_name)


async def tell_status(connection: Connection) -> None:
    """Notify the client; a model server is taken to be as it was when last asked.

    One that did not answer may have been started since, or only have been slow: it is asked again.
    """
    attachment = await connection.attached()
    connection.notify(STATUS_CHANGED, await _status(connection, attachment))
    if connection.provider_state[0] == "unavailable":
        state = await _provider_state(attachment)
        if state[0] == "ready":
            connection.provider_state = state
            connection.status_changed()


async def _status(connection: Connection, attachment: Attachment) -> StatusMessage:
    state, words = connection.provider_state
    watched = [one.watcher.status.problem for one in attachment.workspaces]
    context = await connection.context.message(attachment)
    shadow = connection.hub.shadows.made(connection.context.session_id)
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
        shadow=attachment.settings.shadow.kind if shadow is None else shadow.kind,
        boundary="" if shadow is None else shadow.boundary,
        context=context,
        residence=_residence(connection.hub.residency.known(attachment)),
        index=summary(connection, attachment),
        completion=_completion(connection, attachment),
    )


def _completion(connection: Connection, attachment: Attachment) -> CompletionMessage | None:
    if not (connection.client.inline_completion or connection.items.offered):
        return None
    known = connection.completing.report()
    return CompletionMessage(
        attachment.settings.completion.enabled,
        known.model or None,
        known.form,
        known.shown,
        known.accepted,
        known.problem,
    )


def _residence(known: Residence) -> ResidenceMessage | None:
    if not known.model:
        return None
    return ResidenceMessage(
        provider=known.provider,
        model=known.model,
        state=known.state,
        window=known.window,
        cpu_share=round(known.cpu_share, 3),
        expires_at=known.expires_at,
        window_source=known.window_source,
    )
