"""Waiting for something no longer than some time, and ending what nobody waits for any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

Result = TypeVar("Result")

log = logging.getLogger(__name__)


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
        if not task.done():
            raise asyncio.TimeoutError
        return task.result()
    finally:
        await ended(task)


async def ended(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait for its end; what it raised is nobody's business any more."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()) is not None:
        log.debug("ended with %r", error)
