"""Limits: what a key may use in a minute, counted here and in a real Redis."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.gateway.dialect import Refused
from arriero.gateway.keys import ANYBODY
from arriero.gateway.limits import LocalLimiter
from arriero.gateway.redis_client import RedisLink
from arriero.gateway.redis_limits import RedisLimiter
from arriero.settings.api_keys import ApiKey
from gateway.loops import ON_BOTH_LOOPS
from gateway.redis_process import MISSING, installed, redis_server

KEY = ApiKey("k", b"x", requests=60, tokens=600)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def refused(limiter: LocalLimiter | RedisLimiter, key: ApiKey) -> Refused:
    with pytest.raises(Refused) as caught:
        await limiter.take(key)
    assert caught.value.fault == "limited"
    assert caught.value.retry_after is not None
    return caught.value


async def test_a_minutes_worth_at_once_then_evenly() -> None:
    clock = Clock()
    limiter = LocalLimiter(clock=clock)
    for _ in range(60):
        await limiter.take(KEY)
    assert (await refused(limiter, KEY)).retry_after == pytest.approx(1.0)
    clock.now = 0.5
    assert (await refused(limiter, KEY)).retry_after == pytest.approx(0.5)
    clock.now = 1.0
    await limiter.take(KEY)
    await refused(limiter, KEY)
    clock.now = 10_000.0
    for _ in range(60):
        await limiter.take(KEY)
    await refused(limiter, KEY)


async def test_tokens_that_were_overdrawn_are_paid_back_first() -> None:
    clock = Clock()
    limiter = LocalLimiter(clock=clock)
    await limiter.take(KEY)
    await limiter.spent(KEY, 1200)
    error = await refused(limiter, KEY)
    assert error.retry_after == pytest.approx(60.1)
    assert "600 tokens a minute" in str(error)
    clock.now = 60.2
    await limiter.take(KEY)


async def test_keys_do_not_disturb_each_other_and_none_has_no_limit() -> None:
    limiter = LocalLimiter(2, clock=Clock())
    other, free = ApiKey("other", b"y"), ApiKey("free", b"z", requests=1000)
    for _ in range(2):
        await limiter.take(other)
        await limiter.take(ANYBODY)
    await refused(limiter, other)
    await refused(limiter, ANYBODY)
    for _ in range(1000):
        await limiter.take(free)
    unlimited = LocalLimiter(clock=Clock())
    for _ in range(1000):
        await unlimited.take(other)


@given(st.lists(st.floats(0, 30), max_size=200), st.integers(1, 100))
def test_never_more_than_the_limit_in_any_minute(pauses: list[float], most: int) -> None:
    """A bucket lets through at most its size and what has flowed in since."""

    async def scenario() -> None:
        clock = Clock()
        limiter = LocalLimiter(most, clock=clock)
        taken: list[float] = []
        for pause in pauses:
            clock.now += pause
            with suppress(Refused):
                await limiter.take(ANYBODY)
                taken.append(clock.now)
        for at, first in enumerate(taken):
            for last in range(at, len(taken)):
                flowed = (taken[last] - first) * most / 60
                assert last - at + 1 <= most + flowed + 1e-6

    asyncio.run(scenario())


@pytest.fixture(scope="module")
def redis_url(shared_runtime: Path) -> Iterator[str]:
    if not installed():
        pytest.skip(MISSING)
    with redis_server(shared_runtime) as url:
        yield url


@ON_BOTH_LOOPS
async def test_two_gateways_on_one_redis_count_together(redis_url: str) -> None:
    links = [RedisLink(redis_url), RedisLink(redis_url)]
    one, two = (RedisLimiter(link, 6) for link in links)
    key = ApiKey(f"both-{secrets.token_hex(4)}", b"x")  # the server is the same for all tests
    for _ in range(3):
        await one.take(key)
        await two.take(key)
    # Ten seconds for one request; some of it has passed.
    assert 0 < ((await refused(one, key)).retry_after or 0) <= 10
    await refused(two, key)
    for link in links:
        await link.aclose()


async def test_tokens_in_redis(redis_url: str) -> None:
    link = RedisLink(redis_url)
    limiter = RedisLimiter(link)
    key = ApiKey("thirsty", b"x", tokens=1000)
    await limiter.take(key)
    await limiter.spent(key, 500)
    await limiter.take(key)
    await limiter.spent(key, 1500)
    assert 55 < ((await refused(limiter, key)).retry_after or 0) < 61
    await link.aclose()


async def test_redis_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    link = RedisLink(f"unix://{tmp_path}/none.sock")
    limiter = RedisLimiter(link)
    with pytest.raises(Refused, match="does not answer") as caught:
        await limiter.take(KEY)
    assert caught.value.fault == "unavailable"
    await limiter.spent(KEY, 3)
    assert "3 tokens of k are not counted" in caplog.text
    await link.aclose()
