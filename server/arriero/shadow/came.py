"""Waiting for an event, for a time."""

from __future__ import annotations

import asyncio


async def came(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event and tell whether it came in time.

    Before Python 3.12 `asyncio.wait_for` forgets that its caller is cancelled if the event comes at
    the same moment.
    """
    waiting = asyncio.create_task(event.wait())
    try:
        done, _ = await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()
    return bool(done)
