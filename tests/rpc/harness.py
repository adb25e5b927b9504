"""A server on one end of a socket pair, and a client that sends whatever it is told to."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from arriero.daemon.framing import FrameDecoder, Oversized, frame
from arriero.rpc.loop import serve
from arriero.rpc.server import Server, make_server

TIMEOUT = 10.0


class RawClient:
    """Sends bytes and JSON values, and returns messages in the order they came."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._decoder = FrameDecoder()

    def send(self, **message: Any) -> None:
        self.writer.write(frame({"jsonrpc": "2.0", **message}))

    def send_raw(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self) -> Any:
        """Return the next message; raises EOFError at the end and TimeoutError."""
        while (body := self._decoder.next()) is None:
            data = await asyncio.wait_for(self.reader.read(65536), TIMEOUT)
            if not data:
                raise EOFError
            self._decoder.feed(data)
        assert not isinstance(body, Oversized)
        return json.loads(body)

    async def answer_to(self, id_: Any) -> Any:
        """Return the next message, which must be the answer to a request."""
        message = await self.receive()
        assert message.get("id") == id_, message
        assert "method" not in message
        return message

    async def ask(self, id_: Any, method: str, params: Any = None) -> Any:
        """Send a request and return its answer."""
        self.send(id=id_, method=method, **({} if params is None else {"params": params}))
        return await self.answer_to(id_)

    async def initialize(self, **params: Any) -> Any:
        answer = await self.ask(
            "initialize", "initialize", {"processId": None, "capabilities": {}, **params}
        )
        self.send(method="initialized", params={})
        return answer["result"]

    async def ends(self) -> None:
        """Wait until the server has closed the connection; nothing else may come."""
        try:
            message = await self.receive()
        except (EOFError, ConnectionError):
            return
        raise AssertionError(f"unexpected: {message}")

    def close(self) -> None:
        self.writer.close()


async def pair() -> tuple[
    tuple[asyncio.StreamReader, asyncio.StreamWriter],
    tuple[asyncio.StreamReader, asyncio.StreamWriter],
]:
    ours, theirs = socket.socketpair()
    return await asyncio.open_connection(sock=ours), await asyncio.open_connection(sock=theirs)


@asynccontextmanager
async def serving(server: Server | None = None) -> AsyncIterator[RawClient]:
    """Serve one connection; in the end the client leaves and `serve` must return."""
    server_end, client_end = await pair()
    task = asyncio.ensure_future(serve(*server_end, server or new_server()))
    client = RawClient(*client_end)
    try:
        yield client
    finally:
        client.close()
        await asyncio.wait_for(task, TIMEOUT)


def new_server() -> Server:
    return make_server("test", "0")
