"""An answer of which nothing comes any more, and one that came to its end a moment ago."""

from __future__ import annotations

import asyncio
import math
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp.base_protocol import BaseProtocol

from arriero.models import streaming
from arriero.models.streaming import Silence, refusal_text


def _response(*, connected: bool = False) -> aiohttp.ClientResponse:
    """Return an answer; its connection was given back, as after its last byte, or was not."""
    content = aiohttp.StreamReader(Mock(spec=BaseProtocol), 2**16)
    transport = SimpleNamespace(is_closing=lambda: False)
    connection = SimpleNamespace(transport=transport) if connected else None
    return cast("aiohttp.ClientResponse", SimpleNamespace(content=content, connection=connection))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_LOOK_SECONDS", 0.001)


async def test_an_end_that_nobody_has_read_yet_is_no_lost_connection() -> None:
    """Who waited is woken by the end, and the look comes before it is their turn."""
    response = _response()
    silence = Silence(response, 0.01)
    silence.since = asyncio.get_running_loop().time() - 1
    response.content.feed_data(b"last")
    response.content.feed_eof()
    await asyncio.sleep(0.005)
    assert await response.content.readany() == b"last"
    assert await response.content.readany() == b""
    assert not silence.fell
    silence.stop()


@pytest.mark.parametrize(("seconds", "fell"), [(60.0, False), (0.0, True)])
async def test_what_is_lost_or_silent_ends(seconds: float, fell: bool) -> None:
    response: Any = _response()
    silence = Silence(response, seconds)
    silence.since = asyncio.get_running_loop().time()
    with pytest.raises(aiohttp.ClientConnectionError):
        await asyncio.wait_for(response.content.readany(), 5)
    assert silence.fell == fell


async def test_it_is_looked_again_until_it_is_time() -> None:
    response = _response(connected=True)
    loop = asyncio.get_running_loop()
    silence = Silence(response, 0.01)
    begun = silence.since = loop.time()
    with pytest.raises(aiohttp.ClientConnectionError):
        await asyncio.wait_for(response.content.readany(), 5)
    assert silence.fell
    assert loop.time() - begun >= 0.01


async def test_less_patience_holds_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_LOOK_SECONDS", 60.0)
    response = _response(connected=True)
    silence = Silence(response, math.inf)
    silence.since = asyncio.get_running_loop().time()
    silence.within(0.001)
    with pytest.raises(aiohttp.ClientConnectionError):
        await asyncio.wait_for(response.content.readany(), 5)
    assert silence.fell


async def test_only_the_time_counts_in_which_somebody_waits() -> None:
    response = _response()
    silence = Silence(response, 0.001)
    await asyncio.sleep(0.005)  # nobody asks for the next piece
    assert response.content.exception() is None
    silence.stop()


async def test_a_refusal_that_breaks_off_is_told_as_far_as_it_came() -> None:
    content = aiohttp.StreamReader(Mock(spec=BaseProtocol, connected=False), 2**16)
    content.feed_data(b"because")
    response = cast("aiohttp.ClientResponse", SimpleNamespace(content=content))
    assert await refusal_text(response, 5) == "because"
