"""A small HTTP/1.1 server on the loopback interface that notices when a client leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import h11

from arriero.models.rehearsal import gojson

LOOPBACK = "127.0.0.1"
_READ = 65_536
# Go's server sends a length for bodies up to its buffer, and chunks for longer ones.
_LONGEST_WITH_LENGTH = 2048

_log = logging.getLogger(__name__)


@dataclass
class Received:
    """One request and what became of it. Times are those of the event loop's clock.

    `body` is the decoded JSON, None where there is none or it cannot be read. `closed_at` is set
    when the client left before the answer was complete. `pieces` counts what was streamed.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    received_at: float
    query: str = ""
    status: int | None = None
    pieces: int = 0
    closed_at: float | None = None
    finished_at: float | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def body(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.raw)
        except ValueError:
            return None

    async def ended(self) -> None:
        """Wait until the answer is complete or the client has left."""
        await self._ended.wait()

    def end(self, *, closed: bool) -> None:
        """Record the end. Called by the server."""
        now = asyncio.get_running_loop().time()
        if closed:
            self.closed_at = now
        else:
            self.finished_at = now
        self._ended.set()


class Responder:
    """Writes one answer."""

    def __init__(self, connection: _Connection, request: Received) -> None:
        self._connection = connection
        self._request = request

    @property
    def started(self) -> bool:
        """Whether the status was sent."""
        return self._request.status is not None

    async def text(self, status: int, text: str, content_type: str = "text/plain") -> None:
        """Send a short plain answer; without a text there is no content type either."""
        await self._whole(status, content_type if text else "", text.encode())

    async def json(self, status: int, value: object) -> None:
        """Send one JSON object."""
        body = gojson.dumps(value).encode()
        await self._whole(status, "application/json; charset=utf-8", body)

    async def start(self, content_type: str, status: int = 200) -> None:
        """Begin an answer of unknown length."""
        self._request.status = status
        headers = [
            ("Content-Type", content_type),
            ("Date", gojson.http_date()),
            ("Transfer-Encoding", "chunked"),
        ]
        await self._connection.send(h11.Response(status_code=status, headers=headers))

    async def line(self, value: object) -> None:
        """Send one line of a stream."""
        await self.data(f"{gojson.dumps(value)}\n".encode())

    async def object(self, value: object) -> None:
        """Send one JSON object as a stream's only chunk, without a line end."""
        await self.data(gojson.dumps(value).encode())

    async def data(self, data: bytes) -> None:
        """Send bytes of a stream as one chunk."""
        self._request.pieces += 1
        await self._connection.send(h11.Data(data=data))

    async def end(self) -> None:
        """End a stream."""
        await self._connection.send(h11.EndOfMessage())

    def abort(self) -> None:
        """Cut the connection."""
        self._connection.abort()

    async def _whole(self, status: int, content_type: str, body: bytes) -> None:
        if len(body) > _LONGEST_WITH_LENGTH:
            await self.start(content_type, status)
            if self._request.method != "HEAD":
                await self._connection.send(h11.Data(data=body))
            await self.end()
            return
        self._request.status = status
        headers = [("Content-Type", content_type)] if content_type else []
        headers += [("Date", gojson.http_date()), ("Content-Length", str(len(body)))]
        await self._connection.send(h11.Response(status_code=status, headers=headers))
        if body and self._request.method != "HEAD":
            await self._connection.send(h11.Data(data=body))
        await self.end()


Handler = Callable[[Received, Responder], Awaitable[None]]


class LoopbackServer:
    """Accepts connections and gives each request to a handler; listens on 127.0.0.1 only."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.AbstractServer | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> int:
        """Listen, and return the port."""
        server = await asyncio.start_server(self._connected, LOOPBACK, port)
        self._server = server
        chosen: int = server.sockets[0].getsockname()[1]
        return chosen

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is None:
            return
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(_Connection(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: _Connection) -> None:
        try:
            await connection.serve(self._handler)
        except (ConnectionError, h11.ProtocolError) as error:
            _log.debug("a client of the simulator failed: %s", error)
            connection.abort()
        finally:
            connection.close()


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # Every write is waited for, so that what was sent before a fault is really under way.
        writer.transport.set_write_buffer_limits(0)
        self._http = h11.Connection(h11.SERVER)

    async def serve(self, handler: Handler) -> None:
        """Answer requests until the connection ends."""
        while (request := await self._next_request()) is not None:
            await self._answer(handler, request)
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()

    def abort(self) -> None:
        self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()

    async def _next_request(self) -> Received | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self.send(h11.InformationalResponse(status_code=100, headers=[]))
                self._http.receive_data(await self._reader.read(_READ))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                return _received(head, bytes(body))
            else:  # the client has closed, or has asked for another protocol
                return None

    async def _answer(self, handler: Handler, request: Received) -> None:
        """Run the handler, and stop it as soon as the client closes its end."""
        answer = asyncio.ensure_future(handler(request, Responder(self, request)))
        watch = asyncio.ensure_future(self._client_leaves())
        try:
            await asyncio.wait({answer, watch}, return_when=asyncio.FIRST_COMPLETED)
            request.end(closed=not answer.done() or _lost_client(answer))
        finally:
            answer.cancel()
            watch.cancel()
            await asyncio.gather(answer, watch, return_exceptions=True)
        if answer.cancelled():
            raise ConnectionResetError("the client left")
        answer.result()

    async def _client_leaves(self) -> None:
        """Return when the client has closed its end; keep what it sends until then."""
        with contextlib.suppress(ConnectionError):
            while data := await self._reader.read(_READ):
                self._http.receive_data(data)


def _lost_client(answer: asyncio.Future[None]) -> bool:
    """Tell whether a handler ended because nobody listens any more."""
    return not answer.cancelled() and isinstance(answer.exception(), ConnectionError)


def _received(head: h11.Request, body: bytes) -> Received:
    path, _, query = head.target.decode().partition("?")
    return Received(
        method=head.method.decode(),
        path=path,
        query=query,
        headers={name.decode(): value.decode("latin-1") for name, value in head.headers},
        raw=body,
        received_at=asyncio.get_running_loop().time(),
    )
