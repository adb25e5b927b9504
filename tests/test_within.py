"""Waiting no longer than some time, and not at all once a cancel came."""

from __future__ import annotations

import asyncio

import pytest

from arriero.within import within


async def test_what_comes_of_it() -> None:
    assert await within(asyncio.sleep(0, "done"), 5) == "done"
    assert await within(asyncio.sleep(0, "done"), None) == "done"
    with pytest.raises(asyncio.TimeoutError):
        await within(asyncio.Event().wait(), 0.001)


async def test_a_cancel_counts_that_comes_as_the_work_ends() -> None:
    ended = asyncio.get_running_loop().create_future()

    async def waiting() -> None:
        await within(ended, 5)

    task = asyncio.ensure_future(waiting())
    await asyncio.sleep(0)
    ended.set_result(None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancel_counts_that_the_work_loses() -> None:
    begun = asyncio.Event()

    async def loses_it() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "done"
        raise AssertionError

    task = asyncio.ensure_future(within(loses_it(), 5))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("seconds", [0.001, 5])
async def test_the_work_has_ended_when_it_is_over(seconds: float) -> None:
    ended = False

    async def slow_to_end() -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.001)
            ended = True
            raise ValueError

    task = asyncio.ensure_future(within(slow_to_end(), seconds))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if seconds == 5:
        task.cancel()
    with pytest.raises((asyncio.CancelledError, asyncio.TimeoutError)):
        await task
    assert ended
