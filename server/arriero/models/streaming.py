"""Streamed answers by aiohttp, which costs a third of what httpx does for each piece.

The packages' own clients stay in use for everything that is not streamed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, Protocol, TypeVar

import aiohttp

from arriero import large_json
from arriero.models.addresses import is_loopback
from arriero.models.errors import ModelError

CONNECT_SECONDS = 5.0
_LONGEST_TEXT = 64 * 1024  # bytes
_IDLE_CONNECTION = 30.0  # seconds
_LOOK_SECONDS = 0.5
_JSON = "application/json"
_LARGE = 256 * 1024  # characters or bytes of a request
_ENCODER = json.JSONEncoder(separators=(",", ":"))

# What reading raises; the last where what came was no HTTP.
BROKEN: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError, RuntimeError)

_log = logging.getLogger(__name__)

Part = TypeVar("Part")


class Reading(Protocol[Part]):
    """Reads the bytes of one answer, and says how it stands with it.

    `begun`: the model wrote something; from then on silence ends the answer after `idle` seconds.
    `ended`: the answer is whole; what else comes within `tail` seconds is read. `problem` is why
    nothing more can be read.

    All that becomes of a piece on its way is done in `feed`: a generator for each step would cost
    more than the steps.
    """

    idle: float
    tail: float
    begun: bool
    ended: bool
    problem: ModelError | None

    def feed(self, piece: bytes) -> list[Part]:
        """Return what a piece completes, empty if nothing; an empty piece is the end."""

    def finish(self) -> list[Part]:
        """Return what is last; there is a `problem` if the end is missing. `feed` does it too."""

    def silent(self) -> ModelError:
        """Return the error of an answer that was silent for too long."""

    def dropped(self, cause: str) -> ModelError:
        """Return the error of a connection that broke."""


class Asking(Protocol[Part]):
    """Asks for one answer, and again where that may help."""

    async def open(self) -> tuple[aiohttp.ClientResponse, Reading[Part]]:
        """Return an answer that has begun, and what reads it; raises ModelError."""

    async def failed(self, error: ModelError, *, said: bool) -> None:
        """Return when it is time to ask again, else raise the error, or a better one.

        `said`: some of the answer was passed on.
        """


async def batches(asking: Asking[Part]) -> AsyncGenerator[list[Part], None]:
    """Stream what is read of an answer, that together that came together; raises ModelError.

    Closing the generator closes the connection.
    """
    said = False
    while True:
        try:
            response, told = await asking.open()
            begun, ended, piece = told.begun, False, b" "
            silence = Silence(response, told.idle if begun else math.inf)
            content, clock = response.content, asyncio.get_running_loop().time
            try:
                while piece:
                    try:
                        silence.since = clock()
                        piece = await content.readany()
                        silence.since = None
                    except BROKEN as error:
                        if not ended:
                            cause = told.silent() if silence.fell else told.dropped(repr(error))
                            raise cause from error
                        batch, piece = told.finish(), b""
                    else:
                        batch = told.feed(piece)
                    if told.begun and not begun:
                        begun = True
                        silence.within(told.idle)
                    if told.ended and not ended:
                        ended = True
                        silence.within(told.tail)
                    if batch:
                        said = True
                        yield batch
                    if told.problem is not None:
                        raise told.problem
            finally:
                silence.stop()
                # What was read to its end goes back to the others by itself.
                response.close()
                await asyncio.sleep(0)  # it is closed now: whoever asks next is the only one
        except ModelError as error:
            await asking.failed(error, said=said)
        else:
            return


async def as_json(body: Mapping[str, Any]) -> bytes:
    """Return a request's body; a large one is made in a thread, beside other streams."""
    if large_json.weight(body, _LARGE) < _LARGE:
        return _ENCODER.encode(body).encode()
    return await asyncio.to_thread(lambda: large_json.dumps(body, allow_nan=True).encode())


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """Yield a large body so that the next piece is sent when there is room for it."""
    for at in range(0, len(body), _LARGE):
        yield body[at : at + _LARGE]


class Streams:
    """Connections to one server, opened at their first use. There is no timeout of an answer."""

    def __init__(
        self, base_url: str, headers: Mapping[str, str], trust: ssl.SSLContext | None = None
    ) -> None:
        """`trust` is what `models.trust` says of the address."""
        self._base_url = base_url
        self._trust = trust
        self._headers = dict(headers)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, address: str, body: bytes) -> aiohttp.ClientResponse:
        """Send JSON and return the answer once it has begun; raises aiohttp.ClientError.

        `address` is a path, or a whole address. Cancelling closes the connection.
        """
        url = address if "://" in address else self._base_url + address
        data: aiohttp.Payload
        headers = None
        if len(body) > _LARGE:
            data = aiohttp.AsyncIterablePayload(_in_pieces(body), content_type=_JSON)
            headers = {"content-length": str(len(body))}
        else:
            data = aiohttp.BytesPayload(body, content_type=_JSON)
        try:
            return await self._opened().post(url, data=data, headers=headers, allow_redirects=False)
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
                    limit=0, keepalive_timeout=_IDLE_CONNECTION, ssl=self._trust or True
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),  # what one request is told is not for the next
                # A proxy of the environment cannot reach this machine's own loopback.
                trust_env=not is_loopback(self._base_url),
            )
        return self._session


class Silence:
    """Ends an answer of which nothing comes for some seconds; one timer does for many pieces.

    `since` is when somebody began to wait for the next piece, by the loop's clock in seconds; only
    that time counts. It is None while nobody waits.
    """

    def __init__(self, response: aiohttp.ClientResponse, seconds: float) -> None:
        self.fell = False
        self.since: float | None = None
        self._response = response
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._timer = self._loop.call_later(min(seconds, _LOOK_SECONDS), self._look)

    def within(self, seconds: float) -> None:
        """From now on so much silence ends the answer."""
        self._seconds = seconds
        if seconds < _LOOK_SECONDS:  # else it is looked soon enough
            self.stop()
            self._timer = self._loop.call_later(seconds, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        left = self._seconds - (now - self.since if self.since is not None else 0)
        content = self._response.content
        if content.is_eof():  # all of it came: who waited is woken, and the connection is another's
            return
        if left <= 0 or (self.since is not None and self._is_lost()):
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
    except BROKEN as error:
        _log.info("a refusal was cut: %r", error)
    return data.decode("utf-8", "replace")


def unreachable(error: BaseException) -> bool:
    """Tell whether the server was not reached at all."""
    kinds: tuple[type[BaseException], ...] = (aiohttp.ClientConnectorError, _NoConnection)
    return isinstance(error, kinds)


_NoConnection: type[BaseException] = getattr(
    aiohttp, "ConnectionTimeoutError", aiohttp.ServerTimeoutError
)
