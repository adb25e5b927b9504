"""One connection of HTTP/1.1, and the answers that it carries one after the other.

httptools reads what comes. A request is one write, and a piece of an answer one callback.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from arriero.models.http.answer import Lost, NotHttp
from arriero.models.http.target import Place

_LONGEST_HEAD = 64 * 1024  # bytes
_UNREAD = 256 * 1024  # bytes of an answer, after which the server has to wait
_NO_BODY = (204, 304)


class Keeper(Protocol):
    """Knows which connections are open, and which of them are idle."""

    def add(self, connection: Connection) -> None:
        """It is open."""

    def keep(self, connection: Connection) -> None:
        """Its answer is whole, and another may be asked for."""

    def forget(self, connection: Connection) -> None:
        """It is closed."""


class PlainAnswer:
    """One answer; `arriero.models.http.answer.Answer` says what its parts mean."""

    def __init__(self, connection: Connection) -> None:
        self.status = 0  # until its head is whole
        self.headers: dict[str, str] = {}
        self.is_whole = False
        self._connection: Connection | None = connection
        self._pieces: list[bytes] = []
        self._unread = 0
        self._problem: Lost | None = None
        self._waiting: asyncio.Future[None] | None = None

    @property
    def is_lost(self) -> bool:
        """Whether nothing more can come."""
        return self._connection is None or self._connection.transport.is_closing()

    async def begun(self) -> None:
        """Return when its head is there. Raises `Lost`."""
        while not self.status:
            if self._problem is not None:
                raise self._problem
            await self._wait()

    async def read(self) -> bytes:
        """Return what came since, empty at the end. Raises `Lost` when all before it was read."""
        while not self._pieces:
            if self._problem is not None:
                raise self._problem
            if self.is_whole:
                return b""
            await self._wait()
        pieces, self._pieces, unread, self._unread = self._pieces, [], self._unread, 0
        if unread > _UNREAD and self._connection is not None:
            self._connection.go_on()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def fail(self, error: Lost) -> None:
        """Have whoever reads get an error."""
        if self._problem is None:
            self._problem = error
        self.wake()

    def close(self) -> None:
        """Close the connection, but where the answer is whole."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abandon()

    def add(self, piece: bytes) -> None:
        """Take a piece; who reads is not woken yet."""
        self._pieces.append(piece)
        before, self._unread = self._unread, self._unread + len(piece)
        if before <= _UNREAD < self._unread and self._connection is not None:
            self._connection.hold()

    def end(self) -> None:
        """Say that it is whole: its connection is another's."""
        self.is_whole = True
        if self._unread > _UNREAD and self._connection is not None:
            self._connection.go_on()
        self._connection = None

    def wake(self) -> None:
        """Have whoever waits look at what came."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def _wait(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None


class Connection(asyncio.Protocol):
    """One connection, which carries one answer after the other; the parser calls `on_…`."""

    transport: asyncio.Transport

    def __init__(self, place: Place, keeper: Keeper) -> None:
        self.place = place
        self.is_open = False
        self.idle_since = 0.0
        self._keeper = keeper
        self._parser = HttpResponseParser(self)
        # As browsers and aiohttp read it: not every model's server is careful with its line ends.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self._answer: PlainAnswer | None = None
        self._head_bytes = 0
        self._until_closed = False
        self._reusable = False

    def ask(self, request: bytes) -> PlainAnswer:
        """Send a request and return its answer, which has not begun."""
        self._answer = answer = PlainAnswer(self)
        self._head_bytes = 0
        self.transport.write(request)
        return answer

    def abandon(self) -> None:
        """Close it; nobody wants what would come."""
        self._answer = None
        self.transport.abort()

    def give_up(self) -> None:
        """Close it, and tell whoever waits."""
        if self._answer is not None:
            self._answer.fail(Lost("the connections were closed"))
        self.abandon()

    def hold(self) -> None:
        """Let the server wait until what came is read."""
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self.transport = cast("asyncio.Transport", transport)
        self.is_open = True
        self._keeper.add(self)

    def data_received(self, data: bytes) -> None:
        """Read what came, and wake whoever waits for it, once."""
        answer = self._answer
        if answer is None:  # nobody asked
            self.transport.abort()
            return
        problem = ""
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._reusable = False
            problem = repr(error)
        if not answer.status:
            self._head_bytes += len(data)
            if self._head_bytes > _LONGEST_HEAD:
                problem = problem or "its head does not end"
        if answer.is_whole:
            self._end(keep=self._reusable)
        elif problem:
            answer.fail(NotHttp(problem))
            self._end(keep=False)
        answer.wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        self.is_open = False
        self._keeper.forget(self)
        answer, self._answer = self._answer, None
        if answer is None or answer.is_whole:
            return
        if error is None and answer.status and self._until_closed:
            answer.end()
            answer.wake()
        else:
            answer.fail(Lost(f"the server closed the connection ({error!r})"))

    def _end(self, *, keep: bool) -> None:
        self._answer = None
        if keep:
            self._keeper.keep(self)
        else:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """A head follows, or what nobody asked for."""
        if self._answer is not None and self._answer.is_whole:
            self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what follows a body in pieces is none."""
        if self._answer is not None and not self._answer.status:
            text = value.decode("utf-8", "surrogateescape")
            self._answer.headers.setdefault(name.decode("latin-1").lower(), text)

    def on_headers_complete(self) -> None:
        """The head is whole; one of 1xx tells nothing, and another follows."""
        answer = self._answer
        if answer is None or answer.is_whole:
            return
        status, headers = self._parser.get_status_code(), answer.headers
        if status < 200:
            headers.clear()
            return
        answer.status = status
        self._until_closed = not (
            "content-length" in headers
            or "chunked" in headers.get("transfer-encoding", "").lower()
            or status in _NO_BODY
        )

    def on_body(self, piece: bytes) -> None:
        """Take a piece."""
        if self._answer is not None and not self._answer.is_whole:
            self._answer.add(piece)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was one of 1xx."""
        answer = self._answer
        if answer is not None and answer.status and not answer.is_whole:
            self._reusable = self._parser.should_keep_alive()
            answer.end()
