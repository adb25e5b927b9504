"""The listening side of the endpoint: one daemon per endpoint, for one user."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from arriero.daemon.endpoint import Endpoint, dial, make_folder, peer_is_us
from arriero.daemon.locks import try_lock
from arriero.within import within

OnConnection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

log = logging.getLogger(__name__)
_PREDECESSOR = 10.0  # seconds that a daemon which no longer listens has to end
_POLL = 0.01
_GREETING = 5.0
_BACKLOG = 128


class AlreadyRunning(Exception):
    """Another daemon serves this endpoint."""


class Listener:
    """An endpoint being served. Every connection has a task of its own, which `close` ends."""

    def __init__(self, endpoint: Endpoint, on_connection: OnConnection, lock: int) -> None:
        self.endpoint = endpoint
        self._on_connection = on_connection
        self._lock = lock
        self._server: asyncio.Server | None = None
        self._tokens: tuple[str, str] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._closed = False
        self._place: tuple[int, int] | None = None

    @property
    def in_place(self) -> bool:
        """Whether who looks for the daemon finds this one; True as well once it is retired."""
        return self._server is None or _place(self.endpoint.path) == self._place

    async def return_to_place(self) -> bool:
        """Listen at the endpoint again, whose files somebody removed; False if another does.

        Connections that there are stay. Raises EndpointRefused and OSError.
        """
        make_folder(self.endpoint)
        lock = try_lock(self.endpoint.instance_lock)
        if lock is None and not _same(self.endpoint.instance_lock, self._lock):
            return False
        if lock is not None:
            os.close(self._lock)
            self._lock = lock
        if self._server is not None:
            self._server.close()
            self._server = None
        _remove(self.endpoint.path)
        await self.start()
        return True

    @property
    def connections(self) -> int:
        """The number of connections being served."""
        return len(self._connections)

    def retire(self) -> None:
        """Take no more connections, but keep those there are.

        Who comes now starts a successor, which waits until `close` releases the lock.
        """
        if self._server is not None:
            if self.in_place:  # or it is another daemon's
                _remove(self.endpoint.path)
            self._server.close()
            self._server = None

    async def close(self) -> None:
        """Stop listening, cancel the tasks of all connections and wait for them to end."""
        if self._closed:
            return
        self._closed = True
        self.retire()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        os.close(self._lock)

    async def start(self) -> None:
        """Bind and listen; the lock must be held."""
        if self.endpoint.unix:
            connection = _bind_unix(self.endpoint.path)
            self._server = await asyncio.start_unix_server(
                self._accept, sock=connection, backlog=_BACKLOG
            )
            self._place = _place(self.endpoint.path)
            return
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, family=socket.AF_INET, backlog=_BACKLOG
        )
        port = self._server.sockets[0].getsockname()[1]
        self._tokens = secrets.token_hex(32), secrets.token_hex(32)
        _write_private(self.endpoint.path, " ".join((str(port), *self._tokens)))
        self._place = _place(self.endpoint.path)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A plain function, so that the task is ours to cancel and not the stream protocol's.
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await self._admitted(reader, writer):
                await self._on_connection(reader, writer)
        except ConnectionError as error:
            log.info("A connection was lost: %s", error)
        except Exception:
            log.exception("A connection failed")
        finally:
            writer.close()

    async def _admitted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self._tokens is None:
            admitted = peer_is_us(_socket_of(writer))
            if not admitted:
                log.warning("A process of another user was refused")
            return admitted
        theirs, ours = self._tokens
        try:
            line = await within(reader.readline(), _GREETING)
        except (asyncio.TimeoutError, ValueError):  # the latter: a line too long
            line = b""
        if not hmac.compare_digest(line.strip(), theirs.encode("ascii")):
            log.warning("A connection without the token was refused")
            return False
        writer.write(ours.encode("ascii") + b"\n")
        return True


async def listen(
    endpoint: Endpoint, on_connection: OnConnection, *, patience: float = _PREDECESSOR
) -> Listener:
    """Serve an endpoint until the listener is closed; `on_connection` runs once per connection.

    A socket left behind by a dead daemon is replaced; a daemon that has stopped listening gets
    `patience` seconds to end. Raises AlreadyRunning, EndpointRefused (the folder is somebody
    else's) and OSError.
    """
    make_folder(endpoint)
    lock = await _own(endpoint, patience)
    listener = Listener(endpoint, on_connection, lock)
    try:
        _remove(endpoint.path)  # nobody serves it: the lock is ours
        await listener.start()
    except BaseException:
        os.close(lock)
        raise
    return listener


async def _own(endpoint: Endpoint, patience: float) -> int:
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while (lock := try_lock(endpoint.instance_lock)) is None:
        if await asyncio.to_thread(_answers, endpoint) or loop.time() > end:
            raise AlreadyRunning(f"A daemon is running already at {endpoint.path}.")
        await asyncio.sleep(_POLL)
    return lock


def _answers(endpoint: Endpoint) -> bool:
    try:
        dial(endpoint, timeout=1.0).close()
    except (OSError, ValueError):
        return False
    return True


def _bind_unix(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.bind(path)
        Path(path).chmod(0o600)  # until here the folder's mode protects it
        connection.setblocking(False)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_private(path: str, text: str) -> None:
    temporary = Path(f"{path}.{os.getpid()}")
    temporary.touch(0o600)
    temporary.write_text(text, encoding="ascii")
    temporary.replace(path)


def _socket_of(writer: asyncio.StreamWriter) -> socket.socket:
    connection = writer.get_extra_info("socket")
    assert connection is not None
    # asyncio hands out a wrapper, which lacks nothing that is needed here.
    return connection  # type: ignore[no-any-return]


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)


def _place(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _same(path: str, descriptor: int) -> bool:
    held = os.fstat(descriptor)
    return _place(path) == (held.st_dev, held.st_ino)
