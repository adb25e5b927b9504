"""What the agent needs of its two sides: a client to talk to, and a workspace to work in.

On an editor's LSP connection both come from that connection; a process that speaks plain ACP on
stdio brings its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment


class Peer(Protocol):
    """The client's end of a JSON-RPC connection. Params and results are JSON values."""

    @property
    def gone(self) -> bool:
        """Whether the client has left or said that it will."""

    async def request(self, method: str, params: Any, *, timeout: float) -> Any:
        """Ask the client; raises JsonRpcException, asyncio.TimeoutError, OSError (it is gone)."""

    def notify(self, method: str, params: Any) -> None:
        """Tell the client; never raises for a client that is gone."""


Attach = Callable[[str | None], Awaitable["Attachment"]]
"""Gives the attachment for a session in a folder (absolute path), or in any for None.

Raises JsonRpcException with a sentence when that folder is not open here.
"""
