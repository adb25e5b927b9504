"""`arriero/context`: what one session takes of its model's window, and what is left out of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams

from arriero.lsp.context import context_of
from arriero.lsp.context_messages import SessionContext
from arriero.lsp.messages import ContextParams
from arriero.sessions.session import UnknownSession

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def context(connection: Connection, params: ContextParams) -> SessionContext:
    """Return the context of a session; raises JsonRpcInvalidParams for one that is not there."""
    attachment = await connection.attached()
    try:
        events = await attachment.events(params.session_id)
    except UnknownSession as error:
        raise JsonRpcInvalidParams(str(error)) from error
    return SessionContext(await asyncio.to_thread(context_of, params.session_id, events))
