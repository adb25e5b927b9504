"""`arriero.selectModel`: use another model; without a name the user is asked which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcException

from arriero.lsp import questions
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands.results import ModelSelected
from arriero.lsp.progress import Token
from arriero.models.errors import ModelError

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection

_REQUEST_FAILED = -32803
_MOST = 12  # buttons that a message box can hold


async def select_model(
    connection: Connection, arguments: CommandArguments, _: Token | None
) -> ModelSelected:
    """Select it for this connection; raises JsonRpcException if the provider does not have it.

    Where that cannot be told now, it is selected, and said.
    """
    attachment = await connection.attached()
    try:
        name = arguments.model or await _asked(connection, attachment)
        if name:
            told = await attachment.select_model(name)
            if told:
                await connection.editor.message("warning", told)
    except ModelError as error:
        raise JsonRpcException(str(error), code=_REQUEST_FAILED) from error
    return ModelSelected(attachment.provider_name, attachment.selected_model)


async def _asked(connection: Connection, attachment: Attachment) -> str | None:
    names = [model.name for model in await attachment.models()]
    if not names:
        await connection.editor.message("warning", "There is no model; pull one first.")
        return None
    return await questions.choose(connection, "Which model shall Arriero use?", names[:_MOST])
