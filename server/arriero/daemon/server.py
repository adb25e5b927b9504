"""The daemon's life: serve connections, end when idle or told to, leave nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

from arriero.daemon.endpoint import Endpoint
from arriero.daemon.hub import Hub
from arriero.daemon.instance import listen
from arriero.daemon.placing import kept_in_place

log = logging.getLogger(__name__)

_LEFT_OVER = 1.0  # seconds that a daemon which cannot be found any more waits for nothing

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Hub], Awaitable[None]]
Beside = Callable[[], contextlib.AbstractAsyncContextManager[None]]


class Daemon:
    """Serves connections until SIGTERM, SIGINT, SIGHUP, a stop request, or idleness.

    Idle is a time of `idle_timeout` seconds (0: never) without a connection and without a run.
    `beside` is what else is served while the hub is open.
    """

    def __init__(
        self,
        hub: Hub,
        serve: Serve,
        *,
        idle_timeout: float,
        beside: Beside = contextlib.nullcontext,
    ) -> None:
        self._hub = hub
        self._serve = serve
        self._idle_timeout = idle_timeout
        self._beside = beside
        self._connections = 0
        self._idle: asyncio.TimerHandle | None = None
        self._opened = asyncio.Event()

    async def run(self, endpoint: Endpoint) -> None:
        """Serve an endpoint to the end; raises AlreadyRunning, EndpointRefused, OSError."""
        # Listening comes first: two daemons must not open the stores for one endpoint.
        listener = await listen(endpoint, self._connection)
        try:
            async with self._alive(), kept_in_place(listener, self._replaced):
                await self._hub.stopping.wait()
                # Who comes from now on starts a successor, which waits for this one to end.
                listener.retire()
        finally:
            await listener.close()
            log.info("ended")

    async def run_tcp(self, host: str, port: int, listening: Callable[[int], None]) -> None:
        """Serve a TCP port to the end; `listening` is told the port, which 0 leaves to the system.

        Raises OSError.
        """
        server = await asyncio.start_server(self._connection, host, port)
        listening(server.sockets[0].getsockname()[1])
        try:
            async with self._alive():
                await self._hub.stopping.wait()
        finally:
            server.close()

    async def run_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, and end with it."""
        async with self._alive():
            connection = asyncio.ensure_future(self._connection(reader, writer))
            stopping = asyncio.ensure_future(self._hub.stopping.wait())
            await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if connection.done():
                connection.result()
            else:
                connection.cancel()

    @contextlib.asynccontextmanager
    async def _alive(self) -> AsyncIterator[None]:
        self._catch_signals()
        try:
            await self._hub.open()
            async with self._beside():
                self._opened.set()
                self._start_idle_timer()
                yield
        finally:
            self._hub.stopping.set()
            self._stop_idle_timer()
            # The hub before the connections: runs store their ends and still show them.
            await self._hub.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._opened.wait()
        self._connections += 1
        self._stop_idle_timer()
        try:
            await self._serve(reader, writer, self._hub)
        finally:
            self._connections -= 1
            if self._connections == 0:
                self._start_idle_timer()

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # the last as when a terminal is closed
            number = getattr(signal, name, None)
            with contextlib.suppress(NotImplementedError):  # Windows has no loop signal handlers
                if number is not None:
                    loop.add_signal_handler(number, self._signalled, number)

    def _signalled(self, number: int) -> None:
        log.info("signal %d: ending", number)
        self._hub.stopping.set()

    def _replaced(self) -> None:
        """Nobody finds this daemon any more: it ends with its last connection and run."""
        self._idle_timeout = _LEFT_OVER
        if self._connections == 0:
            self._start_idle_timer()

    def _start_idle_timer(self) -> None:
        self._stop_idle_timer()
        if self._idle_timeout > 0 and not self._hub.stopping.is_set():
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(self._idle_timeout, self._idle_end)

    def _stop_idle_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _idle_end(self) -> None:
        if self._hub.runs.all:  # a run outlives its editor; look again later
            self._start_idle_timer()
        elif self._connections == 0:
            log.info("no connection for %.0f s: ending", self._idle_timeout)
            self._hub.stopping.set()
