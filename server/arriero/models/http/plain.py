"""Connections to models' servers on one's own machines: no TLS, and no proxy between.

The first words are with whoever asked a third of a millisecond sooner than by aiohttp, which makes
objects for URL, headers, payload, timers and cookies of each request. What needs those is its
(`models.http.by_aiohttp`).
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque

from aiohappyeyeballs import start_connection

from arriero.models.http.answer import Lost, Unreached
from arriero.models.http.exchange import Connection, PlainAnswer
from arriero.models.http.target import Place, Target
from arriero.within import within

_NEXT_ADDRESS = 0.25  # seconds after which another address of the same name is tried too


class PlainConnections:
    """Connections that are opened as they are needed, and kept for a while."""

    def __init__(self, *, connect: float, idle: float) -> None:
        """Seconds in which a connection must be made, and for which one is kept that is idle."""
        self._connect = connect
        self._idle_seconds = idle
        self._open: set[Connection] = set()
        self._idle: dict[Place, deque[Connection]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def post(self, to: Target, body: bytes) -> PlainAnswer:
        """Send JSON and return the answer once it has begun; raises `Lost`.

        Cancelling closes the connection.
        """
        connection = self._taken(to.place) or await self._opened(to.place)
        answer = connection.ask(b"%b%d\r\n\r\n%b" % (to.head, len(body), body))
        try:
            await answer.begun()
        except BaseException:
            answer.close()
            raise
        return answer

    async def aclose(self) -> None:
        """Close all connections."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for connection in list(self._open):
            connection.give_up()
        self._idle.clear()
        await asyncio.sleep(0)  # the sockets are closed now

    def add(self, connection: Connection) -> None:
        """Know of a connection that is open."""
        self._open.add(connection)

    def keep(self, connection: Connection) -> None:
        """Take a connection back whose answer is whole."""
        connection.idle_since = time.monotonic()
        self._idle.setdefault(connection.place, deque()).append(connection)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._idle_seconds, self._close_old)

    def forget(self, connection: Connection) -> None:
        """Keep a connection no more, as it is closed."""
        self._open.discard(connection)
        idle = self._idle.get(connection.place)
        if idle and connection in idle:
            idle.remove(connection)

    def _taken(self, place: Place) -> Connection | None:
        """Return the connection that was used last, as it is the least likely to be closed."""
        idle = self._idle.get(place)
        while idle:
            connection = idle.pop()
            if not connection.transport.is_closing():
                return connection
        return None

    async def _opened(self, place: Place) -> Connection:
        connection = Connection(place, self)
        try:
            await within(self._made(connection), self._connect)
        except BaseException as error:
            if connection.is_open:
                connection.abandon()
            if isinstance(error, (OSError, asyncio.TimeoutError)):
                raise Unreached(str(error) or "it takes too long") from error
            raise
        if connection.transport.is_closing():
            raise Lost("the server closed the connection at once")
        return connection

    async def _made(self, connection: Connection) -> None:
        """Connect to the first address of a name that can be reached."""
        loop, (host, port) = asyncio.get_running_loop(), connection.place
        tcp = socket.SOCK_STREAM
        try:  # an address by itself needs no thread
            found = socket.getaddrinfo(host, port, type=tcp, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            found = await loop.getaddrinfo(host, port, type=tcp)
        opened = await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS)
        try:
            await loop.create_connection(lambda: connection, sock=opened)
        except BaseException:
            opened.close()
            raise

    def _close_old(self) -> None:
        self._timer = None
        oldest = time.monotonic() - self._idle_seconds
        for idle in self._idle.values():
            while idle and idle[0].idle_since <= oldest:
                idle.popleft().transport.abort()
        first = min((idle[0].idle_since for idle in self._idle.values() if idle), default=None)
        if first is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(first - oldest, 0.0), self._close_old)
