"""`arriero.completionAccepted`: the command of a suggestion, which the editor executes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.lsp.arguments import CommandArguments
from arriero.lsp.completion_messages import CompletionAccepted
from arriero.lsp.progress import Token

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def completion_accepted(
    connection: Connection, arguments: CommandArguments, _: Token | None
) -> CompletionAccepted:
    """Count a suggestion as taken; changes nothing else."""
    counted = connection.completing.accepted(arguments.completion_id)
    if counted:
        connection.status_changed()
    return CompletionAccepted(counted)
