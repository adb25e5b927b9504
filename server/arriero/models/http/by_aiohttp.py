"""Connections by aiohttp: with TLS, through proxies, with names and requests of any kind.

Importing this module takes a tenth of a second.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping

import aiohttp

from arriero.models.http.answer import Lost, NotHttp, Unreached
from arriero.models.http.target import AT_ONCE

_JSON = "application/json"
_BROKEN = (aiohttp.ClientError, OSError, RuntimeError)
_UNREACHED = (
    aiohttp.ClientConnectorError,
    getattr(aiohttp, "ConnectionTimeoutError", aiohttp.ServerTimeoutError),
)


class AiohttpAnswer:
    """One answer; `arriero.models.http.answer.Answer` says what its parts mean."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._content = response.content

    @property
    def is_whole(self) -> bool:
        """Whether its last byte came."""
        return self._content.is_eof()

    @property
    def is_lost(self) -> bool:
        """Whether the connection is closed, which aiohttp does not tell after rubbish."""
        connection = self._response.connection
        transport = connection.transport if connection is not None else None
        return transport is None or transport.is_closing()

    async def read(self) -> bytes:
        """Return what came since, empty at the end. Raises `Lost`."""
        try:
            return await self._content.readany()
        except Lost:
            raise
        except _BROKEN as error:
            raise Lost(repr(error)) from error

    def fail(self, error: Lost) -> None:
        """Have whoever reads get an error."""
        self._content.set_exception(error)

    def close(self) -> None:
        """Close the connection, but where the answer is whole."""
        self._response.close()


class AiohttpConnections:
    """Connections to one server, opened at their first use."""

    def __init__(
        self,
        headers: Mapping[str, str],
        trust: ssl.SSLContext | None,
        *,
        environment: bool,
        connect: float,
        idle: float,
    ) -> None:
        """`environment`: proxies that it names are used. `connect` and `idle` are seconds."""
        self._headers = dict(headers)
        self._trust = trust
        self._environment = environment
        self._connect = connect
        self._idle = idle
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes) -> AiohttpAnswer:
        """Send JSON and return the answer once it has begun; raises `Lost`.

        Cancelling closes the connection.
        """
        data: aiohttp.Payload
        headers = None
        if len(body) > AT_ONCE:
            data = aiohttp.AsyncIterablePayload(_in_pieces(body), content_type=_JSON)
            headers = {"content-length": str(len(body))}
        else:
            data = aiohttp.BytesPayload(body, content_type=_JSON)
        try:
            return AiohttpAnswer(
                await self._opened().post(url, data=data, headers=headers, allow_redirects=False)
            )
        except _UNREACHED as error:
            raise Unreached(repr(error)) from error
        except aiohttp.ClientResponseError as error:
            raise NotHttp(repr(error)) from error
        except _BROKEN as error:
            raise Lost(repr(error)) from error

    async def aclose(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:  # it is of the loop that it is made in
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, keepalive_timeout=self._idle, ssl=self._trust or True
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect),
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),  # what one is told is not for the next
                trust_env=self._environment,
            )
        return self._session


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """Yield a large body so that the next piece is sent when there is room for it."""
    for at in range(0, len(body), AT_ONCE):
        yield body[at : at + AT_ONCE]
