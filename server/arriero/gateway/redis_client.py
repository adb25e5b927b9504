"""The connection to Redis, and its errors in words for the person."""

from __future__ import annotations

from collections.abc import Callable
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
        try:
            self.client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        except TypeError as error:  # an option in the address that is none
            raise ValueError(str(error)) from error

    async def script(self, text: str, keys: list[str], arguments: list[Any]) -> Any:
        """Run a script of Redis; raises `ShelfFailed`."""
        return await self.ask(lambda: self.client.eval(text, len(keys), *keys, *arguments))

    async def ask(self, question: Callable[[], Any]) -> Any:
        """Return the answer to what `question` sends; raises `ShelfFailed`.

        Redis may have been started anew since a connection was used, so that what finds it closed
        is sent once more. If it was closed on the way, Redis may do it twice: a lock, a
        lease and a text are the same after it, and a limit has counted once too often, never too
        seldom. redis-py's own retries are not used: it connects without an end, within itself,
        where Redis refuses a new connection.
        """
        from redis.exceptions import ConnectionError as NotConnected
        from redis.exceptions import RedisError

        try:
            try:
                return await question()
            except NotConnected:
                await self.client.connection_pool.disconnect(inuse_connections=False)
                return await question()
        except (RedisError, OSError) as error:
            raise ShelfFailed(self._told(error)) from error

    def _told(self, error: BaseException) -> str:
        from redis.exceptions import AuthenticationError, BusyLoadingError, ResponseError

        said: BaseException | None = error
        while said is not None:  # redis-py puts some answers behind an error of its own
            if isinstance(said, (ResponseError, AuthenticationError, BusyLoadingError)):
                return (
                    f"Redis at {self.place} refuses: {str(said).rstrip('.')}. See to that, or "
                    "begin the gateway with another --redis-url or without."
                )
            said = said.__context__
        return (
            f"Redis at {self.place} does not answer ({type(error).__name__}); start it, or "
            "begin the gateway without --redis-url."
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self.client.aclose()
