"""Asking a client for what it does only when it is asked (`client/registerCapability`)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

log = logging.getLogger(__name__)

_PATIENCE = 10.0  # seconds


async def ask_for(connection: Connection, method: str, options: object) -> None:
    """Ask a client to send a method; where it does not want to, the log says so."""
    registration = types.Registration(
        id=f"arriero-{method.rpartition('/')[2]}", method=method, register_options=options
    )
    try:
        await connection.request(
            types.CLIENT_REGISTER_CAPABILITY,
            types.RegistrationParams([registration]),
            timeout=_PATIENCE,
        )
    except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
        log.info("the client does not send %s: %s", method, error)
