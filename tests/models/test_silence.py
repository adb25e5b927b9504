"""An answer of which nothing comes any more, and one that came to its end a moment ago."""

from __future__ import annotations

import asyncio
import math

import pytest

from arriero.models import streaming
from arriero.models.http.answer import Lost
from arriero.models.streaming import Silence, refusal_text


class SomeAnswer:
    """An answer that says what a test has it say."""

    status = 200

    def __init__(self, *, lost: bool = False, pieces: tuple[bytes, ...] = ()) -> None:
        self.headers: dict[str, str] = {}
        self.is_whole, self.is_lost = False, lost
        self.pieces = list(pieces)
        self.failed: asyncio.Future[Lost] = asyncio.get_running_loop().create_future()

    async def read(self) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)
        if self.is_whole:
            return b""
        raise await asyncio.wait_for(self.failed, 5)

    def fail(self, error: Lost) -> None:
        self.failed.set_result(error)

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_LOOK_SECONDS", 0.001)


async def test_an_end_that_nobody_has_read_yet_is_no_lost_connection() -> None:
    """Who waited is woken by the end, and the look comes before it is their turn."""
    answer = SomeAnswer(lost=True, pieces=(b"last",))
    silence = Silence(answer, 0.01)
    silence.since = asyncio.get_running_loop().time() - 1
    answer.is_whole = True
    await asyncio.sleep(0.005)
    assert await answer.read() == b"last"
    assert await answer.read() == b""
    assert not silence.fell
    silence.stop()


@pytest.mark.parametrize(("seconds", "fell"), [(60.0, False), (0.0, True)])
async def test_what_is_lost_or_silent_ends(seconds: float, fell: bool) -> None:
    answer = SomeAnswer(lost=True)
    silence = Silence(answer, seconds)
    silence.since = asyncio.get_running_loop().time()
    with pytest.raises(Lost):
        await answer.read()
    assert silence.fell == fell


async def test_it_is_looked_again_until_it_is_time() -> None:
    answer = SomeAnswer()
    loop = asyncio.get_running_loop()
    silence = Silence(answer, 0.01)
    begun = silence.since = loop.time()
    with pytest.raises(Lost):
        await answer.read()
    assert silence.fell
    assert loop.time() - begun >= 0.01


async def test_less_patience_holds_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_LOOK_SECONDS", 60.0)
    answer = SomeAnswer()
    silence = Silence(answer, math.inf)
    silence.since = asyncio.get_running_loop().time()
    silence.within(0.001)
    with pytest.raises(Lost):
        await answer.read()
    assert silence.fell


async def test_only_the_time_counts_in_which_somebody_waits() -> None:
    answer = SomeAnswer()
    silence = Silence(answer, 0.001)
    await asyncio.sleep(0.005)  # nobody asks for the next piece
    assert not answer.failed.done()
    silence.stop()


async def test_a_refusal_that_breaks_off_is_told_as_far_as_it_came() -> None:
    answer = SomeAnswer(pieces=(b"because",))
    answer.fail(Lost("cut"))
    assert await refusal_text(answer, 5) == "because"
