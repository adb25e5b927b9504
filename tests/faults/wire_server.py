"""A server that sends bytes as it is told: whole, in pieces, cut, or never."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from listening import Listening

End = Literal["keep", "cut", "close", "hang"]
CHATS = frozenset({"/api/chat", "/v1/chat/completions"})


@dataclass(frozen=True)
class Sending:
    """What is sent for one request: pieces, each written by itself, and what becomes of it then."""

    pieces: Sequence[bytes] = ()
    end: End = "keep"


@dataclass(kw_only=True)
class WireServer(Listening):
    """Answers chats from `sendings`, the last one for ever, and other requests from `listing`.

    `left` is set when a client has closed its end while an answer hung.
    """

    sendings: deque[Sending]
    listing: bytes = b"{}"
    chats: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._answer(await _path(reader), reader, writer):
                    pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(
        self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Send what is due, and tell whether the connection can be used again."""
        sending = Sending([whole(self.listing)])
        if path in CHATS:
            self.chats += 1
            sending = self.sendings[0] if len(self.sendings) == 1 else self.sendings.popleft()
        for piece in sending.pieces:
            writer.write(piece)
            await writer.drain()
        self.reached.set()
        if sending.end == "hang":
            await reader.read()
            self.left.set()
        elif sending.end == "cut":
            writer.transport.abort()
        return sending.end == "keep"


def whole(body: bytes, kind: str = "application/json") -> bytes:
    """Return a complete answer."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _path(reader: asyncio.StreamReader) -> str:
    """Read a request and return its path."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(_length(head))
    return head.split(b" ", 2)[1].decode()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
