"""The turns of an agent's runs, whose work takes as long to end as it likes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from arriero.api import turns
from arriero.api.turns import Turns
from arriero.daemon.runs import RunRefused


class Work:
    """Goes on after it is cancelled, until it may end."""

    def __init__(self) -> None:
        self.began, self.may_end = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> Any:
        self.began.set()
        try:
            await self.may_end.wait()
        finally:
            await self.may_end.wait()


async def left(turns: Turns, label: str) -> Work:
    work = Work()
    task = asyncio.create_task(turns.take(label, work))
    await work.began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):  # at once, though the work goes on
        await task
    return work


async def test_the_next_waits_until_all_that_were_left_have_ended() -> None:
    turns = Turns()
    first = await left(turns, "first")
    second, third = Work(), Work()
    waiting = asyncio.create_task(turns.take("second", second))
    await asyncio.sleep(0)
    with pytest.raises(RunRefused, match="busy with 'second'"):
        await turns.take("third", third)
    waiting.cancel()
    last = asyncio.create_task(turns.take("third", third))
    await asyncio.wait([waiting])
    assert not third.began.is_set()
    first.may_end.set()
    await third.began.wait()
    third.may_end.set()
    await last
    assert not second.began.is_set()


async def test_what_never_ends_is_not_awaited_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 0)
    taken = Turns()
    first, second = await left(taken, "first"), Work()
    second.may_end.set()
    await taken.take("second", second)
    assert second.began.is_set()
    first.may_end.set()
