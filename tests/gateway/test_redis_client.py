"""The connection to Redis: what it outlives, and in which words it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.gateway.conversations import ShelfFailed
from arriero.gateway.redis_client import RedisLink
from arriero.gateway.redis_shelf import RedisShelf
from gateway.redis_process import MISSING, installed, redis_server

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)


@pytest.mark.parametrize("query", ["?foo=bar", "?db=x"])
def test_an_address_with_a_wrong_option_is_refused_at_once(query: str) -> None:
    with pytest.raises(ValueError, match=r"foo|db"):
        RedisLink(f"redis://127.0.0.1:6379/0{query}")


async def test_a_redis_that_was_restarted_is_not_noticed(runtime: Path) -> None:
    """By whoever comes first after that: its connection is of the server before."""
    with redis_server(runtime) as url:
        link = RedisLink(url)
        shelf = RedisShelf(link)
        assert await shelf.lock("k", "t", 30)
    with redis_server(runtime):
        assert await shelf.lock("k", "t", 30)
    with redis_server(runtime):
        assert await shelf.read("k") is None
    await link.aclose()


async def test_who_lost_a_lease_to_nobody_is_not_told_of_another_request(runtime: Path) -> None:
    with redis_server(runtime) as url:
        shelf = RedisShelf(RedisLink(url))
        assert await shelf.lock("k", "t", 30)
    with redis_server(runtime):
        with pytest.raises(ShelfFailed, match="restarted"):
            await shelf.write("k", "t", "text")
        assert await shelf.read("k") is None
        assert await shelf.lock("k", "other", 30)
        assert not await shelf.write("k", "t", "text")
    await shelf.aclose()


@pytest.mark.parametrize(
    ("server", "query", "words"),
    [
        (("--maxmemory", "1"), "", "used memory > 'maxmemory'"),
        ((), "?db=99", "DB index is out of range"),
        (("--requirepass", "right"), "", "Authentication required"),
        (("--requirepass", "right"), "?password=wrong", "invalid username-password pair"),
    ],
)
async def test_what_redis_says_is_told(
    server: tuple[str, ...], query: str, words: str, runtime: Path
) -> None:
    with redis_server(runtime, *server) as url:
        link = RedisLink(url + query)
        with pytest.raises(ShelfFailed) as caught:
            await RedisShelf(link).lock("k", "t", 30)
        assert words in str(caught.value)
        assert "does not answer" not in str(caught.value)
        assert "right" not in str(caught.value)
        assert "wrong" not in str(caught.value)
        await link.aclose()
