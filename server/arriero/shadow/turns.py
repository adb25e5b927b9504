"""One command at a time, and none after the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from arriero.shadow.types import ShadowError
from arriero.shadow.unbroken import unbroken

T = TypeVar("T")


class Turns:
    """The queue of a shadow's commands."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._running: asyncio.Future[Any] | None = None
        self._closed = False

    async def take(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do the work of a command when its turn comes.

        Cancelling the caller cancels the work and waits for it to end. Raises ShadowError once
        `close` was called, also for the command that it ends.
        """
        async with self._lock:
            if self._closed:
                raise ShadowError("This session's shadow is closed; start a new session.")
            task = asyncio.ensure_future(work())
            self._running = task
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                if task.cancelled() and self._closed:
                    raise ShadowError("The session was closed while the command ran.") from None
                task.cancel()
                await unbroken(_ended(task))
                raise
            finally:
                self._running = None

    async def close(self, clean_up: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """End the command that runs, refuse all others, and clean up; once."""
        if self._closed:
            return
        self._closed = True
        if self._running is not None:
            self._running.cancel()
        async with self._lock:
            await unbroken(clean_up())


async def _ended(task: asyncio.Future[Any]) -> None:
    await asyncio.wait({task})
