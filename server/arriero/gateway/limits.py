"""How much a key may ask for in a minute: a token bucket for requests and one for tokens.

A bucket holds what a minute allows, and fills evenly. An answer's tokens are known when it has
ended, so that their bucket may go below nothing: the next request waits until it is paid back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from arriero.gateway.dialect import Refused
from arriero.settings.api_keys import ApiKey

MINUTE = 60.0


@dataclass(frozen=True)
class Allowance:
    """What a key may use in a minute; None: without limit."""

    requests: int | None
    tokens: int | None

    @staticmethod
    def of(key: ApiKey, requests: int | None) -> Allowance:
        """Return a key's own limits, and for one that has none of requests that of everybody."""
        return Allowance(key.requests or requests, key.tokens)


class Limiter(Protocol):
    """Counts what keys use."""

    async def take(self, key: ApiKey) -> None:
        """Count a request; raises `Refused` with `retry_after` where it is one too many."""

    async def spent(self, key: ApiKey, tokens: int) -> None:
        """Count the tokens of an answer, read and written."""

    async def aclose(self) -> None:
        """Let go of what it holds."""


@dataclass
class _Bucket:
    level: float
    at: float  # seconds

    def fill(self, most: int, now: float) -> None:
        self.level = min(float(most), self.level + (now - self.at) * most / MINUTE)
        self.at = now


class LocalLimiter:
    """Counts in this process. `requests` is the limit of keys that have none of their own."""

    def __init__(
        self, requests: int | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._requests = requests
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    async def take(self, key: ApiKey) -> None:
        """Count a request; raises `Refused`."""
        allowed = Allowance.of(key, self._requests)
        if allowed.requests is None and allowed.tokens is None:
            return
        requests = self._bucket(key, "requests", allowed.requests)
        tokens = self._bucket(key, "tokens", allowed.tokens)
        if requests and allowed.requests and requests.level < 1:
            raise too_many(key, "requests", allowed.requests, 1 - requests.level)
        if tokens and allowed.tokens and tokens.level <= 0:
            raise too_many(key, "tokens", allowed.tokens, 1 - tokens.level)
        if requests:
            requests.level -= 1

    async def spent(self, key: ApiKey, tokens: int) -> None:
        """Count the tokens of an answer."""
        bucket = self._bucket(key, "tokens", key.tokens)
        if bucket:
            bucket.level -= tokens

    async def aclose(self) -> None:
        """Nothing is held."""

    def _bucket(self, key: ApiKey, what: str, most: int | None) -> _Bucket | None:
        if most is None:
            return None
        now = self._clock()
        bucket = self._buckets.setdefault((key.name, what), _Bucket(float(most), now))
        bucket.fill(most, now)
        return bucket


def too_many(key: ApiKey, what: str, most: int, missing: float) -> Refused:
    """Return the refusal of a request while `missing` is lacking in the bucket."""
    wait = max(0.001, missing * MINUTE / most)
    whose = "Each client" if key.digest == b"" else f"The key {key.name}"
    return Refused(
        "limited",
        f"{whose} may use {most} {what} a minute here; try again in {max(1, round(wait))} s, "
        "or raise the limit in the gateway's settings.",
        retry_after=wait,
    )
