"""What comes from an MCP client, with an answer to each message that cannot be read.

The package leaves out what does not fit the protocol; a client would wait for an answer for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
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

_NO_REQUEST = "This is no request of JSON-RPC 2.0: give `method`, and `params` as an object."
_NO_JSON = (
    "A message is one line of JSON: write it in UTF-8, without halves of a surrogate pair and "
    "without hundreds of levels."
)


class AnsweredAll:
    """A stream of messages; what cannot be read is answered with an error."""

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
        refusal = await asyncio.to_thread(_refusal, error)  # a message may be large
        if refusal is not None:
            await self._outgoing.send(SessionMessage(refusal))


def _refusal(error: Exception) -> types.JSONRPCError | None:
    """Return the answer to what could not be read, None for what asks for none.

    The package keeps of it what the error says.
    """
    problems = error.errors(include_url=False) if isinstance(error, ValidationError) else []
    sent: Any = None
    code, said = types.INVALID_REQUEST, _NO_REQUEST
    if not problems or problems[0]["type"] == "json_invalid":
        code, said = types.PARSE_ERROR, _NO_JSON
        line = problems[0]["input"] if problems else "?"
        if not line.strip():
            return None
        # Python reads what the package does not, such as half of a surrogate pair.
        with contextlib.suppress(ValueError, RecursionError):
            sent = json.loads(line)
    else:
        whole = (one["input"] for one in problems if one["type"] in ("missing", "model_type"))
        sent = next(whole, None)
    number = None
    if isinstance(sent, dict):
        number = _id_of(sent)
        is_notification = number is None and "method" in sent
        if is_notification or "result" in sent or "error" in sent:
            return None
    refused = types.ErrorData(code=code, message=said)
    return types.JSONRPCError(jsonrpc="2.0", id=number, error=refused)


def _id_of(sent: dict[str, Any]) -> int | str | None:
    number = sent.get("id")
    return number if isinstance(number, (int, str)) and not isinstance(number, bool) else None
