"""The command that ends everything, for whatever client it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.lsp.messages import StopMessage, StopParams
from arriero.lsp.methods.daemon import stop

if TYPE_CHECKING:
    from arriero.lsp.arguments import CommandArguments
    from arriero.lsp.connection import Connection
    from arriero.lsp.progress import Token


async def stop_all(connection: Connection, _: CommandArguments, __: Token | None) -> StopMessage:
    """End all runs, completions and embeddings of the daemon; say how many runs there were."""
    stopped = await stop(connection, StopParams())
    count = len(stopped.runs)
    if not connection.options.answers:
        said = (
            f"Stopped {count} run{'' if count == 1 else 's'}." if count else "Nothing was running."
        )
        await connection.editor.message("info", said)
    return stopped
