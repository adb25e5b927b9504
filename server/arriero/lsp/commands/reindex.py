"""`arriero.reindex`: build the indexes of the open folders from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands.results import Reindexed
from arriero.lsp.progress import Token

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def reindex(
    connection: Connection, _arguments: CommandArguments, _: Token | None
) -> Reindexed:
    """Begin with it; `arriero/index` and a progress tell how far it is."""
    attachment = await connection.attached()
    problems = await connection.hub.indexes.rebuild(attachment)
    if problems or not attachment.roots:
        message = " ".join(dict.fromkeys(problems)) or "No folder is open; open one to index it."
    else:
        message = ""
    if message and not connection.options.answers:
        await connection.editor.message("warning", message)
    return Reindexed(not message, message)
