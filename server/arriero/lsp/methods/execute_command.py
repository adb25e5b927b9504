"""`workspace/executeCommand`, and the cancelling of the progress that a command shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from arriero.lsp.arguments import from_lsp
from arriero.lsp.commands.table import COMMANDS

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def execute_command(connection: Connection, params: types.ExecuteCommandParams) -> Any:
    """Do a command; raises JsonRpcInvalidParams for one that is not there or misses something."""
    command = COMMANDS.get(params.command)
    if command is None:
        raise JsonRpcInvalidParams(f"There is no command '{params.command}'.")
    arguments = from_lsp(params.arguments)
    return await command(connection, arguments, params.work_done_token)


def cancel_progress(connection: Connection, params: types.WorkDoneProgressCancelParams) -> None:
    """The user cancelled what a progress shows."""
    if isinstance(params.token, (int, str)):  # nothing else is the token of any
        connection.progresses.cancel(params.token)
