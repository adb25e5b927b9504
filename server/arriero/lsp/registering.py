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


async def ask_for(connection: Connection, method: str, options: object) -> bool:
    """Ask a client to send a method; where it does not want to, the log says so.

    Returns whether it will.
    """
    registration = types.Registration(id=_ident(method), method=method, register_options=options)
    try:
        await connection.request(
            types.CLIENT_REGISTER_CAPABILITY,
            types.RegistrationParams([registration]),
            timeout=_PATIENCE,
        )
    except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
        log.info("the client does not send %s: %s", method, error)
        return False
    return True


async def no_longer(connection: Connection, method: str) -> None:
    """Ask a client to send a method no more; where it does not want to, the log says so."""
    params = types.UnregistrationParams([types.Unregistration(_ident(method), method)])
    try:
        await connection.request(types.CLIENT_UNREGISTER_CAPABILITY, params, timeout=_PATIENCE)
    except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
        log.info("the client goes on to send %s: %s", method, error)


def _ident(method: str) -> str:
    return f"arriero-{method.rpartition('/')[2]}"
