"""Waiting for something no longer than some time."""

from __future__ import annotations

import sys
from collections.abc import Awaitable
from typing import TypeVar

if sys.version_info >= (3, 11):
    from asyncio import timeout
else:
    from async_timeout import timeout

Result = TypeVar("Result")


async def within(work: Awaitable[Result], seconds: float | None) -> Result:
    """Return what comes of the work; raises `asyncio.TimeoutError` after so much time.

    `asyncio.wait_for` of Python before 3.12 is not used, as it loses a cancel that comes in the
    turn of the loop in which the work ends: a run that its user cancelled would go on.
    https://github.com/python/cpython/issues/86296
    """
    async with timeout(seconds):
        return await work
