"""What comes from an MCP client, with an answer to each request that is none.

The package leaves out what does not fit the protocol; a client would wait for an answer for ever.
"""

from __future__ import annotations

import contextvars
import logging
from types import TracebackType
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

if TYPE_CHECKING:
    from mcp.shared._stream_protocols import ReadStream, WriteStream

log = logging.getLogger(__name__)

_SAID = "This is no request of JSON-RPC 2.0: give `method`, and `params` as an object."


class AnsweredAll:
    """A stream of messages; what cannot be read and has an id is answered with an error."""

    def __init__(
        self,
        incoming: ReadStream[SessionMessage | Exception],
        outgoing: WriteStream[SessionMessage],
    ) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    @property
    def last_context(self) -> contextvars.Context | None:
        """Return the sender's context, in which the package handles a message."""
        return getattr(self._incoming, "last_context", None)

    async def receive(self) -> SessionMessage:
        """Return the next message; raises `anyio.EndOfStream`."""
        while isinstance(item := await self._incoming.receive(), Exception):
            await self._refuse(item)
        return item

    async def aclose(self) -> None:
        """Close the stream."""
        await self._incoming.aclose()

    def __aiter__(self) -> AnsweredAll:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream as end:
            raise StopAsyncIteration from end

    async def __aenter__(self) -> AnsweredAll:
        await self._incoming.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return await self._incoming.__aexit__(kind, error, traceback)

    async def _refuse(self, error: Exception) -> None:
        log.warning("a message cannot be read: %s", error)
        number = _id_in(error)
        if number is not None:
            refused = types.ErrorData(code=types.INVALID_REQUEST, message=_SAID)
            answer = types.JSONRPCError(jsonrpc="2.0", id=number, error=refused)
            await self._outgoing.send(SessionMessage(answer))


def _id_in(error: Exception) -> int | str | None:
    """Return the id of what could not be read; the package keeps of it what the error says."""
    if not isinstance(error, ValidationError):
        return None
    found: list[Any] = [one["input"] for one in error.errors() if one["type"] == "missing"]
    sent = next((one for one in found if isinstance(one, dict)), {})
    if "result" in sent or "error" in sent:  # an answer of the client's
        return None
    number = sent.get("id")
    return number if isinstance(number, (int, str)) and not isinstance(number, bool) else None
