"""The editor's settings, section `arriero`: pulled where the client answers, else as sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from arriero.lsp.methods import workspace_symbol
from arriero.lsp.registering import ask_for

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

log = logging.getLogger(__name__)

SECTION = "arriero"
_PATIENCE = 10.0  # seconds


async def did_change_configuration(
    connection: Connection, params: types.DidChangeConfigurationParams
) -> None:
    """Take settings that were sent; a client that only says that they changed is asked."""
    sent = params.settings.get(SECTION) if isinstance(params.settings, Mapping) else None
    if isinstance(sent, Mapping) and not connection.client.configuration:
        await _take(connection, sent)
    else:
        await pull(connection)


async def pull(connection: Connection) -> None:
    """Ask the client for its settings; those of `initializationOptions` hold where it has none."""
    if not connection.client.configuration:
        return
    params = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
    try:
        answer = await connection.request(types.WORKSPACE_CONFIGURATION, params, timeout=_PATIENCE)
    except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
        log.info("the client tells no settings: %s", error)
        return
    values = answer[0] if answer else None
    await _take(connection, values if isinstance(values, Mapping) else {})


async def follow(connection: Connection) -> None:
    """Ask the client to say when its settings change, where it wants to be asked."""
    if not connection.client.configuration_registration:
        return
    options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
    await ask_for(connection, types.WORKSPACE_DID_CHANGE_CONFIGURATION, options)


async def _take(connection: Connection, values: Mapping[str, Any]) -> None:
    options = connection.options
    attachment = await connection.attached()
    await attachment.set_editor_settings({**options.settings, **values}, trusted=options.trusted)
    await workspace_symbol.offer(connection)
    connection.spawn(connection.items.look())
