"""A client is made on first use, and only one however many ask."""

from __future__ import annotations

import asyncio
import threading
from types import ModuleType

import pytest

from arriero.models.lazy_client import LazyClient


async def test_many_ask_at_once() -> None:
    made: list[object] = []
    go_on = threading.Event()

    def make(module: ModuleType) -> object:
        assert module.__name__ == "json"
        assert go_on.wait(10)
        made.append(object())
        return made[-1]

    lazy = LazyClient("json", make)
    asking = [asyncio.create_task(lazy.get()) for _ in range(5)]
    await asyncio.sleep(0)
    go_on.set()
    got = await asyncio.gather(*asking)
    assert len(made) == 1
    assert set(got) == {made[0]}
    assert lazy.take() is made[0]
    assert lazy.take() is None
    assert await lazy.get() is made[1]


async def test_one_that_cannot_be_made_is_tried_again() -> None:
    problems = [OSError("no certificates")]

    def make(_: ModuleType) -> str:
        if problems:
            raise problems.pop()
        return "made"

    lazy = LazyClient("json", make)
    with pytest.raises(OSError, match="no certificates"):
        await lazy.get()
    assert await lazy.get() == "made"
