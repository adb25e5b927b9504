"""One `LanguageServer` per connection: cheap, as all of them share a converter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from arriero.rpc.converter import shared_converter
from arriero.rpc.documents import Documents
from arriero.rpc.message import Incoming
from arriero.rpc.protocol import ArrieroProtocol
from arriero.rpc.shapes import Method

log = logging.getLogger(__name__)


class Server(LanguageServer):
    """The server's end of one connection.

    It corresponds to one accepted connection, not to the daemon. Handlers are registered with
    pygls's `feature` and `command`, and see this connection only.
    """

    protocol: ArrieroProtocol

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            name, version, protocol_cls=ArrieroProtocol, converter_factory=shared_converter
        )
        # Called with each message before it is received; what it returns is awaited.
        self.before: Callable[[Incoming], Awaitable[None] | None] = lambda _: None

    @property
    def documents(self) -> Documents:
        """The open documents; raises RuntimeError before `initialize`."""
        return self.protocol.documents()

    def register_method(
        self,
        name: str,
        params_type: Any = None,
        result_type: Any = None,
        *,
        early: bool = False,
    ) -> None:
        """Declare the types of an own method, in either direction; see `Method`."""
        self.protocol.shapes.declare(name, Method(params_type, result_type, early))

    def on_capabilities(self, amend: Callable[[types.ServerCapabilities], None]) -> None:
        """Have the capabilities amended before `initialize` is answered."""
        self.protocol.on_capabilities = amend

    async def request(self, method: str, params: Any = None, *, timeout: float | None) -> Any:
        """Ask the client; return its result in LSP's or the declared type.

        Ends after `timeout` seconds (None: only when the client answers or leaves) with
        asyncio.TimeoutError; then, and when the caller is cancelled, the client gets
        `$/cancelRequest`. Raises JsonRpcException with the client's error, and ConnectionLost.
        """
        answer = asyncio.wrap_future(self.protocol.send_request(method, params))
        try:
            # Not wait_for: before Python 3.12 it forgets that its caller is cancelled if the
            # answer comes at the same moment.
            done, _ = await asyncio.wait({answer}, timeout=timeout)
        finally:
            answer.cancel()
        if not done:
            raise asyncio.TimeoutError
        return answer.result()

    def notify(self, method: str, params: Any = None) -> None:
        """Tell the client; dropped when it is gone."""
        self.protocol.notify(method, params)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log only: pygls would show each failure in the editor, without saying what to do."""
        log.error("%s: %s", getattr(source, "__name__", source), error)


def make_server(name: str, version: str) -> Server:
    """Return the server for one new connection."""
    return Server(name, version)
