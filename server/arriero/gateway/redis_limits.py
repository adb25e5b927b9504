"""Token buckets in Redis: one count for all gateways that share it."""

from __future__ import annotations

import logging

from arriero.gateway.conversations import ShelfFailed
from arriero.gateway.dialect import Refused
from arriero.gateway.limits import Allowance, too_many
from arriero.gateway.redis_client import RedisLink
from arriero.settings.api_keys import ApiKey

log = logging.getLogger(__name__)

# One bucket: how much there is now, of at most ARGV[1], which fills in a minute. Takes ARGV[2] if
# the level is at least ARGV[3]; answers 'ok', or the level as text (numbers lose their fraction).
# The time is that of Redis, so that the clocks of the gateways do not matter.
_TAKE = """
local most, cost, least = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local bucket = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(bucket[1]) or most, tonumber(bucket[2]) or now
level = math.min(most, level + math.max(0, now - at) * most / 60)
local taken = level >= least
if taken then level = level - cost end
redis.call('HSET', KEYS[1], 'level', tostring(level), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(120 + 60 * math.max(0, -level) / most))
if taken then return 'ok' end
return tostring(level)
"""
_ANY = -1e15  # a level that a bucket always has


class RedisLimiter:
    """See `Limiter`. `requests` is the limit of keys that have none of their own."""

    def __init__(self, link: RedisLink, requests: int | None = None) -> None:
        self._link = link
        self._requests = requests

    async def take(self, key: ApiKey) -> None:
        """Count a request; raises `Refused`, also where Redis does not answer."""
        allowed = Allowance.of(key, self._requests)
        try:
            if allowed.tokens:
                # A request with a debt of tokens does not count as one.
                level = await self._ask(key, "tokens", allowed.tokens, 0, 1e-9)
                if level is not None:
                    raise too_many(key, "tokens", allowed.tokens, 1 - level)
            if allowed.requests:
                level = await self._ask(key, "requests", allowed.requests, 1, 1)
                if level is not None:
                    raise too_many(key, "requests", allowed.requests, 1 - level)
        except ShelfFailed as error:
            raise Refused("unavailable", str(error)) from error

    async def spent(self, key: ApiKey, tokens: int) -> None:
        """Count the tokens of an answer. It has been given: a failure is for the log."""
        if not key.tokens:
            return
        try:
            await self._ask(key, "tokens", key.tokens, tokens, _ANY)
        except ShelfFailed as error:
            log.warning("%d tokens of %s are not counted: %s", tokens, key.name, error)

    async def aclose(self) -> None:
        """The connection belongs to the conversations."""

    async def _ask(
        self, key: ApiKey, what: str, most: int, cost: float, least: float
    ) -> float | None:
        """Return None if it was taken, else the level of the bucket."""
        name = f"arriero:limit:{{{key.name}}}:{what}"
        answer = await self._link.script(_TAKE, [name], [most, cost, least])
        return None if answer == "ok" else float(answer)
