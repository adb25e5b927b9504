"""What only the next command needs, done while nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from arriero.shadow.unbroken import unbroken


class Settling:
    """One piece of work at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin it; what was begun before must be `over`."""
        self._task = asyncio.create_task(work)

    async def over(self) -> None:
        """Return when nothing is under way any more, also if the caller is cancelled."""
        if self._task is not None and not self._task.done():
            await unbroken(_end_of(self._task))
        self._task = None


async def _end_of(task: asyncio.Task[None]) -> None:
    await asyncio.wait({task})
