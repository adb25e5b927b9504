"""A proxy that lets commands without a network reach a few hosts.

It listens inside the shadow's network namespace, on the loopback interface, and runs outside: the
socket was made in there. Names are looked up out here, so the shadow has no DNS; what a name leads
to must be a public address. It speaks HTTP with absolute URLs and CONNECT (RFC 9110, 9.3.6), which
is what `http_proxy` and `https_proxy` make programs use.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from arriero.shadow.hosts import Hosts, is_public
from arriero.within import within

log = logging.getLogger(__name__)

_MOST_HEAD = 65536
_HEAD_SECONDS = 30.0
_CONNECT_SECONDS = 20.0
_IDLE_SECONDS = 300.0
_PIECE = 65536
_MOST_CONNECTIONS = 64
# Headers between two neighbours, which a proxy does not pass on (RFC 9110, 7.6.1).
_OURS = (b"connection", b"proxy-connection", b"proxy-authorization", b"keep-alive", b"host")

Lookup = Callable[[str, int], Awaitable[list[str]]]


class _Refused(Exception):
    """A request that is not passed on: status and reason."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Asked(NamedTuple):
    """What a request's head asks for; `head` is what the host is sent, nothing for a tunnel."""

    host: str
    port: int
    head: bytes


class Proxy:
    """Serves one shadow; begun by `start`, ended by `close`."""

    def __init__(
        self,
        hosts: Sequence[str],
        *,
        lookup: Lookup | None = None,
        reachable: Callable[[str], bool] = is_public,
    ) -> None:
        """`lookup` returns a name's addresses; `reachable` judges them."""
        self._hosts = Hosts(hosts)
        self._lookup = lookup or _addresses
        self._reachable = reachable
        self._server: asyncio.Server | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def started(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    @property
    def said(self) -> str:
        """The hosts, for people."""
        return ", ".join(self._hosts.patterns) + " only"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which programs find it."""
        url = f"http://127.0.0.1:{self._port}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        local = "localhost,127.0.0.1,::1"
        return dict.fromkeys(names, url) | {"no_proxy": local, "NO_PROXY": local}

    async def start(self, bound: socket.socket) -> None:
        """Listen on a socket that is bound already. Raises OSError."""
        bound.setblocking(False)
        self._port = bound.getsockname()[1]
        self._server = await asyncio.start_server(self._accept, sock=bound, limit=_MOST_HEAD)

    async def close(self) -> None:
        """End all connections and listen no more."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if len(self._tasks) > _MOST_CONNECTIONS:
                raise _Refused(503, "too many connections at once")
            await self._serve(reader, writer)
        except _Refused as refusal:
            log.info("the shadow's proxy refused a request: %s", refusal)
            writer.write(_answer(refusal))
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            log.debug("a connection of the shadow's proxy ended: %s", error)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await within(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
        except asyncio.LimitOverrunError as error:
            raise _Refused(431, "the request's head is too large") from error
        asked = _asked(head)
        if not self._hosts.allow(asked.host, asked.port):
            raise _Refused(403, f"{asked.host}:{asked.port} is not in shadow.hosts")
        far_reader, far_writer = await self._connect(asked.host, asked.port)
        try:
            if asked.head:
                far_writer.write(asked.head)
            else:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _relay((reader, far_writer), (far_reader, writer))
        finally:
            far_writer.close()

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            found = await within(self._lookup(host, port), _CONNECT_SECONDS)
        except (OSError, asyncio.TimeoutError) as error:
            raise _Refused(502, f"{host} is not found") from error
        # One that is not public among them is a name that plays tricks: none is taken.
        if not found or not all(self._reachable(address) for address in found):
            raise _Refused(403, f"{host} leads to an address that is not public")
        for address in found:
            try:
                # The address that was judged, so that the name cannot mean another one now.
                return await within(asyncio.open_connection(address, port), _CONNECT_SECONDS)
            except (OSError, asyncio.TimeoutError) as error:
                log.info("%s at %s does not answer: %s", host, address, error)
        raise _Refused(502, f"{host} does not answer")


def _asked(head: bytes) -> _Asked:
    """Read the head of a request. Raises _Refused."""
    line, *fields = head[:-4].split(b"\r\n")
    try:
        method, target, version = line.decode("ascii").split(" ")
    except ValueError as error:
        raise _Refused(400, "this is no request to a proxy") from error
    if version not in ("HTTP/1.1", "HTTP/1.0") or any(b"\n" in f or b"\r" in f for f in fields):
        raise _Refused(400, "this is no request to a proxy")
    try:
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _Refused(400, "the address cannot be read") from error
    if not host or "@" in parts.netloc:
        raise _Refused(400, "the host is missing")
    if method == "CONNECT":
        return _Asked(host, port or 443, b"")
    if parts.scheme != "http":
        raise _Refused(400, "only http is passed on this way; use CONNECT")
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    # One request a connection: the next one may be for another host.
    kept = [field for field in fields if field.partition(b":")[0].strip().lower() not in _OURS]
    named = host if port is None else f"{host}:{port}"
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: " + named.encode(), *kept]
    return _Asked(host, port or 80, b"\r\n".join([*lines, b"Connection: close", b"", b""]))


async def _relay(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Copy both ways until both have ended, or one has failed."""
    tasks = [asyncio.ensure_future(_copy(*way)) for way in ways]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await within(reader.read(_PIECE), _IDLE_SECONDS):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _addresses(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _answer(refusal: _Refused) -> bytes:
    text = f"Arriero's proxy: {refusal}.\n".encode()
    return (
        f"HTTP/1.1 {refusal.status} Refused\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    ).encode() + text
