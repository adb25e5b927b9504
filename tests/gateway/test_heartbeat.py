"""What a client hears while nothing comes, and that streams are counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from arriero.gateway import endpoint
from arriero.gateway.heartbeat import Heartbeat
from arriero.models.rehearsal import Fault, Hold, Simulator, Turn
from gateway.gateway_server import Running, places, running

LONG = 1000.0


async def test_nothing_is_said_of_what_is_quick() -> None:
    said: list[int] = []

    async def beat() -> None:
        said.append(1)

    async with Heartbeat(LONG, beat):
        await asyncio.sleep(0)
    assert not said


async def test_it_beats_until_the_end() -> None:
    said = 0
    third = asyncio.Event()

    async def beat() -> None:
        nonlocal said
        said += 1
        if said == 3:
            third.set()

    async with Heartbeat(0.001, beat):
        await third.wait()
    before = said
    await asyncio.sleep(0.01)
    assert said == before


async def test_the_end_waits_for_a_beat_under_way() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    told: list[str] = []

    async def beat() -> None:
        begun.set()
        await go_on.wait()
        told.append("beat")

    async with Heartbeat(0, beat):
        await begun.wait()
        asyncio.get_running_loop().call_soon(go_on.set)
    told.append("over")
    assert told == ["beat", "over"]


@pytest.mark.parametrize("inner", [False, True])
async def test_what_fails(inner: bool) -> None:
    """A beat that fails is told at the end, but not instead of what failed inside."""
    begun = asyncio.Event()

    async def beat() -> None:
        begun.set()
        raise OSError("beat")

    async def use() -> None:
        async with Heartbeat(0, beat):
            await begun.wait()
            if inner:
                raise ValueError("inner")

    with pytest.raises(ValueError if inner else OSError, match="inner" if inner else "beat"):
        await use()


async def test_a_beat_that_hangs_ends_with_who_waits() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def beat() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def use() -> None:
        async with Heartbeat(0, beat):
            await begun.wait()

    task = asyncio.create_task(use())
    await begun.wait()
    await asyncio.sleep(0)  # it waits for the beat now
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    places(tmp_path, monkeypatch)
    monkeypatch.setattr(endpoint, "_SILENCE", 0.01)
    async with (
        Simulator() as simulator,
        running(tmp_path, simulator, inject_tools="never") as made,
    ):
        yield made


async def test_a_client_that_waits(gateway: Running) -> None:
    """It hears comments before the first word, then the answer, whole and once."""
    before, middle = Hold(), Hold(after=1)
    gateway.simulator.say(Turn("One two three.", holds=[before, middle]))
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    lines: list[str] = []
    async with gateway.http.stream("POST", "/v1/chat/completions", json=body) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            lines.append(line)
            if lines.count(": waiting") == 2 and lines[-1] == ": waiting":
                before.release()
            if "One" in line:
                middle.release()
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert data.pop() == "[DONE]"
    deltas = [json.loads(one)["choices"][0]["delta"] for one in data]
    assert [one.get("role") for one in deltas].count("assistant") == 1
    assert deltas[0]["role"] == "assistant"
    assert "".join(one.get("content", "") for one in deltas) == "One two three."
    last_wait = max(n for n, line in enumerate(lines) if line == ": waiting")
    assert "One" not in "".join(lines[:last_wait])


async def test_an_error_after_the_first_comment_ends_the_stream(gateway: Running) -> None:
    hold = Hold()
    gateway.simulator.say(Turn("A", holds=[hold], fault=Fault("error")))
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    text = ""
    async with gateway.http.stream("POST", "/v1/chat/completions", json=body) as answer:
        async for piece in answer.aiter_text():
            text += piece
            if ": waiting" in text:
                hold.release()
    assert text.endswith("data: [DONE]\n\n")
    assert '"error"' in text
