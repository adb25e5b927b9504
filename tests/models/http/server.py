"""A server of which a test decides what each connection says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from listening import Listening

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

LENGTH = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass(kw_only=True)
class Server(Listening):
    """Talks with the n-th connection as the n-th talk says, with further ones as the last."""

    talks: list[Talk] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        return int(self.base_url.rpartition(":")[2])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = self.talks[min(self.connections, len(self.talks) - 1)]
        self.connections += 1
        try:
            await talk(reader, writer)
        finally:
            writer.close()
            self.ended.set()

    async def asked(self, reader: asyncio.StreamReader) -> bytes:
        """Return the body of the next request; its head is kept."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        return await reader.readexactly(length)


def says(*pieces: bytes, then: bytes | None = None) -> Callable[[Server], Talk]:
    """Return a talk that answers each request with the pieces; `then` ends it with more bytes.

    An empty `then` closes the connection.
    """

    def of(server: Server) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                try:
                    await server.asked(reader)
                except (asyncio.IncompleteReadError, ConnectionError):
                    return
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if then is not None:
                    writer.write(then)
                    return

        return talk

    return of


def serving(*talks: Callable[[Server], Talk]) -> Server:
    """Return a server that talks so, not yet entered."""
    server = Server()
    server.talks = [talk(server) for talk in talks]
    return server
