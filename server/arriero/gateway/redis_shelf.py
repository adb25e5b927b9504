"""Conversations in Redis, so that several gateways serve the same ones.

Every step that looks and then changes is one script, which Redis runs without anything between.
"""

from __future__ import annotations

from arriero.gateway.conversations import ShelfFailed
from arriero.gateway.redis_client import RedisLink

_PREFIX = "arriero:conversation:"
_CHECK, _CHECK_SECONDS = "arriero:health", 60

_LOCK = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
_WRITE = """
local holder = redis.call('GET', KEYS[1])
if not holder then return -1 end
if holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return 1
"""


class RedisShelf:
    """See `Shelf`. What nobody used for `days` is forgotten."""

    kind = "redis"

    def __init__(self, link: RedisLink, *, days: int = 30) -> None:
        self._link = link
        self._seconds = days * 86_400

    async def lock(self, key: str, token: str, lease: float) -> bool:
        """Take the lock of a key; Redis itself ends a lease that runs out."""
        return bool(await self._link.script(_LOCK, [_lock(key)], [token, round(lease * 1000)]))

    async def renew(self, key: str, token: str, lease: float) -> bool:
        """Go on holding a lock."""
        return bool(await self._link.script(_RENEW, [_lock(key)], [token, round(lease * 1000)]))

    async def unlock(self, key: str, token: str) -> None:
        """Give a lock back."""
        await self._link.script(_UNLOCK, [_lock(key)], [token])

    async def read(self, key: str) -> str | None:
        """Return what is kept."""
        text = await self._link.ask(lambda: self._link.client.get(_text(key)))
        return None if text is None else str(text)

    async def write(self, key: str, token: str, text: str) -> bool:
        """Keep a text."""
        keys = [_lock(key), _text(key)]
        kept = await self._link.script(_WRITE, keys, [token, text, self._seconds])
        if kept < 0:  # others may have come and gone meanwhile
            raise ShelfFailed(
                f"Redis at {self._link.place} has forgotten that this request works in its "
                "session: it was restarted, or could not be asked for too long; send it again."
            )
        return bool(kept)

    async def count(self) -> int:
        """Return how many texts are kept."""

        async def counted() -> int:
            found = 0
            async for _ in self._link.client.scan_iter(match=f"{_PREFIX}*:text", count=1000):
                found += 1
            return found

        return int(await self._link.ask(counted))

    async def check(self) -> None:
        """Write something: a Redis that only answers may be full, or a copy that is only read."""
        await self._link.ask(lambda: self._link.client.set(_CHECK, "1", ex=_CHECK_SECONDS))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()


# The braces keep both keys of a conversation on one node of a Redis Cluster.
def _lock(key: str) -> str:
    return f"{_PREFIX}{{{key}}}:lock"


def _text(key: str) -> str:
    return f"{_PREFIX}{{{key}}}:text"
