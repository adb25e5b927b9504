"""Waiting for something no longer than some time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def within(work: Awaitable[Result], seconds: float | None) -> Result:
    """Return what comes of the work; raises `asyncio.TimeoutError` after so much time.

    The work is ended first then, and where this is cancelled. `asyncio.wait_for` of Python before
    3.12 is not used, as it loses a cancel that comes in the turn of the loop in which the work ends
    (https://github.com/python/cpython/issues/86296), and `asyncio.timeout` is not, as the work
    itself may lose one: a run that its user cancelled would go on.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await _ended(task)
        raise
    if not task.done():
        await _ended(task)
        raise asyncio.TimeoutError
    return task.result()


async def _ended(task: asyncio.Future[Any]) -> None:
    """End a task, whatever it still says."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # else it would be told that nobody heard of it
