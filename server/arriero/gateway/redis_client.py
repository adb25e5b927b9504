"""The connection to Redis, and its errors in words for the person."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from arriero.gateway.conversations import ShelfFailed

if TYPE_CHECKING:
    from redis.asyncio import Redis

_SECONDS = 5.0  # for a connection, and for an answer


class RedisMissing(Exception):
    """The package is not installed."""


class RedisLink:
    """One pool of connections for one gateway; `url` is `redis://`, `rediss://` or `unix://`."""

    def __init__(self, url: str) -> None:
        """Connect at the first use; raises `RedisMissing`, ValueError for a wrong address."""
        try:
            from redis.asyncio import Redis  # an extra: not everybody has it
        except ImportError as error:
            raise RedisMissing(
                'Redis needs one more package: install it with pip install "arriero[redis]".'
            ) from error
        self.place = urlsplit(url).hostname or "its socket"
        self.client: Redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            health_check_interval=30,
        )

    async def script(self, text: str, keys: list[str], arguments: list[Any]) -> Any:
        """Run a script of Redis; raises `ShelfFailed`."""
        return await self.ask(self.client.eval(text, len(keys), *keys, *arguments))

    async def ask(self, answer: Awaitable[Any] | Any) -> Any:
        """Wait for an answer; raises `ShelfFailed`."""
        from redis.exceptions import RedisError

        try:
            return await answer if isinstance(answer, Awaitable) else answer
        except (RedisError, OSError) as error:
            raise ShelfFailed(
                f"Redis at {self.place} does not answer ({type(error).__name__}); start it, or "
                "begin the gateway without --redis-url."
            ) from error

    async def aclose(self) -> None:
        """Close all connections."""
        await self.client.aclose()
