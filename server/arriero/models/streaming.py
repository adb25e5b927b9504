"""Streamed answers by aiohttp, which costs a third of what httpx does for each piece.

The packages' own clients stay in use for everything that is not streamed.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping

import aiohttp

from arriero.models.addresses import is_loopback

CONNECT_SECONDS = 5.0
_LONGEST_TEXT = 64 * 1024  # bytes
_IDLE_CONNECTION = 30.0  # seconds
_LOOK_SECONDS = 0.5

# What reading raises; the last where what came was no HTTP.
BROKEN: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError, RuntimeError)

_log = logging.getLogger(__name__)


class Streams:
    """Connections to one server, opened at their first use. There is no timeout of an answer."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self._base_url = base_url
        self._headers = dict(headers)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, address: str, body: bytes) -> aiohttp.ClientResponse:
        """Send JSON and return the answer once it has begun; raises aiohttp.ClientError.

        `address` is a path, or a whole address. Cancelling closes the connection.
        """
        url = address if "://" in address else self._base_url + address
        try:
            return await self._opened().post(url, data=body, allow_redirects=False)
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # the socket is closed now
            raise

    async def aclose(self) -> None:
        """Close idle connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, keepalive_timeout=_IDLE_CONNECTION, ssl=_trusted(self._base_url)
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                headers={"content-type": "application/json", **self._headers},
                # A proxy of the environment cannot reach this machine's own loopback.
                trust_env=not is_loopback(self._base_url),
            )
        return self._session


def _trusted(base_url: str) -> ssl.SSLContext | bool:
    """Return whom to trust at an address with TLS: the same as all that is not streamed does."""
    if not base_url.lower().startswith("https:"):
        return True
    import httpx  # 60 ms, which most addresses can do without

    return httpx.create_ssl_context()


class Silence:
    """Ends an answer of which nothing comes for some seconds; one timer does for many pieces.

    Only the time counts in which somebody waits for the next piece.
    """

    def __init__(self, response: aiohttp.ClientResponse, seconds: float) -> None:
        self.fell = False
        self._response = response
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._since: float | None = None
        self._timer = self._loop.call_later(min(seconds, _LOOK_SECONDS), self._look)

    def within(self, seconds: float) -> None:
        """From now on so much silence ends the answer."""
        self._seconds = seconds
        self.stop()
        self._timer = self._loop.call_later(min(seconds, _LOOK_SECONDS), self._look)

    async def piece(self) -> bytes:
        """Return the next piece, empty at the end; raises one of `BROKEN`."""
        self._since = self._loop.time()
        piece = await self._response.content.readany()
        self._since = None
        return piece

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        left = self._seconds - (now - self._since if self._since is not None else 0)
        content = self._response.content
        if left <= 0 or (self._since is not None and self._is_lost()):
            self.fell = left <= 0
            content.set_exception(aiohttp.ClientConnectionError("nothing came any more"))
            return
        self._timer = self._loop.call_later(min(left, _LOOK_SECONDS), self._look)

    def _is_lost(self) -> bool:
        """Tell whether the connection is closed, which aiohttp does not tell after rubbish."""
        connection = self._response.connection
        transport = connection.transport if connection is not None else None
        return transport is None or transport.is_closing()


async def refusal_text(response: aiohttp.ClientResponse, seconds: float) -> str:
    """Return what comes of an answer within `seconds`, up to 64 kB of it; never raises."""
    data = bytearray()

    async def read() -> None:
        while len(data) <= _LONGEST_TEXT and (piece := await response.content.readany()):
            data.extend(piece)

    try:
        await asyncio.wait_for(read(), seconds)
    except asyncio.TimeoutError:
        _log.info("a refusal takes longer than %g s", seconds)
    except (aiohttp.ClientError, OSError) as error:
        _log.info("a refusal was cut: %r", error)
    return data.decode("utf-8", "replace")


def unreachable(error: BaseException) -> bool:
    """Tell whether the server was not reached at all."""
    kinds: tuple[type[BaseException], ...] = (aiohttp.ClientConnectorError, _NoConnection)
    return isinstance(error, kinds)


_NoConnection: type[BaseException] = getattr(
    aiohttp, "ConnectionTimeoutError", aiohttp.ServerTimeoutError
)
