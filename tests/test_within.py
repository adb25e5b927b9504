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
