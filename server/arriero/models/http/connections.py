"""Requests for streamed answers to one model's server, by what it takes to reach it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

from arriero.models.addresses import is_loopback
from arriero.models.http.answer import Answer
from arriero.models.http.plain import PlainConnections
from arriero.models.http.target import AT_ONCE, Target, target
from arriero.models.http.unpacked import unpacked
from arriero.models.lazy_client import LazyClient

if TYPE_CHECKING:
    from arriero.models.http.by_aiohttp import AiohttpConnections

_CONNECT_SECONDS = 5.0
_IDLE_CONNECTION = 30.0  # seconds


class Connections:
    """Connections to one server, opened at their first use. There is no timeout of an answer."""

    def __init__(
        self, base_url: str, headers: Mapping[str, str], trust: ssl.SSLContext | None = None
    ) -> None:
        """`trust` is what `models.trust` says of the address."""
        self._base_url = base_url
        self._headers = dict(headers)
        self._targets: dict[str, Target | None] = {}
        self._plain = PlainConnections(connect=_CONNECT_SECONDS, idle=_IDLE_CONNECTION)
        self._other: LazyClient[AiohttpConnections] = LazyClient(
            "arriero.models.http.by_aiohttp",
            lambda module: module.AiohttpConnections(
                self._headers,
                trust,
                environment=not is_loopback(base_url),
                connect=_CONNECT_SECONDS,
                idle=_IDLE_CONNECTION,
            ),
        )

    async def post(self, address: str, body: bytes) -> Answer:
        """Send JSON and return the answer once it has begun; raises `http.answer.Lost`.

        `address` is a path, or a whole address. Cancelling closes the connection.
        """
        url = address if "://" in address else self._base_url + address
        if url not in self._targets:
            self._targets[url] = target(url, self._headers)
        to = self._targets[url]
        try:
            if to is not None and len(body) <= AT_ONCE:
                return unpacked(await self._plain.post(to, body))
            return await (await self._other.get()).post(url, body)
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # the socket is closed now
            raise

    async def aclose(self) -> None:
        """Close all connections; the next request opens one."""
        await self._plain.aclose()
        if (other := self._other.take()) is not None:
            await other.aclose()
