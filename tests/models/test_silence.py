"""An answer of which nothing comes any more, and one that came to its end a moment ago."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp.base_protocol import BaseProtocol

from arriero.models import streaming
from arriero.models.streaming import Silence


def _response() -> aiohttp.ClientResponse:
    """Return an answer whose connection was given back, as it is after its last byte."""
    content = aiohttp.StreamReader(Mock(spec=BaseProtocol), 2**16)
    return cast("aiohttp.ClientResponse", SimpleNamespace(content=content, connection=None))


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


async def test_only_the_time_counts_in_which_somebody_waits() -> None:
    response = _response()
    silence = Silence(response, 0.001)
    await asyncio.sleep(0.005)  # nobody asks for the next piece
    assert response.content.exception() is None
    silence.stop()
