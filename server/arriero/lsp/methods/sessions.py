"""`arriero/sessions`: the conversations of the open folders, and what is done with one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams, JsonRpcInvalidRequest

from arriero.daemon.runs import RunRefused
from arriero.lsp.messages import (
    EventMessage,
    RunMessage,
    SessionMessage,
    SessionsMessage,
    SessionsParams,
)
from arriero.sessions.event_codec import encode
from arriero.sessions.events import Event
from arriero.sessions.session import Session, UnknownSession

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection


async def sessions(connection: Connection, params: SessionsParams) -> SessionsMessage:
    """Return all sessions, newest first; the one that was asked for, made or renamed; or the rest.

    The rest is what a deletion leaves.
    """
    attachment = await connection.attached()
    try:
        return await _answer(attachment, params)
    except UnknownSession as error:
        raise JsonRpcInvalidParams(str(error)) from error
    except RunRefused as error:
        raise JsonRpcInvalidRequest(str(error)) from error


async def _answer(attachment: Attachment, params: SessionsParams) -> SessionsMessage:
    if params.session_id is not None:
        session = await attachment.session(params.session_id)
        events = await attachment.events(params.session_id)
        told = await asyncio.to_thread(lambda: [_event(one) for one in events])
        return SessionsMessage([_session(session)], told)
    if params.fork is not None:
        return SessionsMessage(
            [_session(await attachment.fork_session(params.fork, params.before))]
        )
    if params.rename is not None:
        title = " ".join((params.title or "").split())
        if not title:
            raise JsonRpcInvalidParams("`title`: give the session a name.")
        return SessionsMessage([_session(await attachment.rename_session(params.rename, title))])
    if params.delete is not None:
        await attachment.delete_session(params.delete)
    return SessionsMessage([_session(one) for one in await attachment.sessions()])


def _session(session: Session) -> SessionMessage:
    return SessionMessage(
        session_id=session.session_id,
        title=session.title,
        mode=session.mode,
        model=session.model,
        created_at=session.created_at,
        updated_at=session.updated_at,
        runs=[RunMessage(run.run_id, run.label, run.stop_reason) for run in session.runs],
    )


def _event(event: Event) -> EventMessage:
    body = event.body
    return EventMessage(event.seq, event.run_id, body.kind, event.at, encode(body))
