"""Says from time to time that somebody is there, while something takes long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Heartbeat:
    """Calls `beat` each `seconds` while inside, the first time after `seconds`.

    Costs a timer where it ends before that. The end waits for a beat that is under way; what a beat
    raised is raised then, if nothing else was.
    """

    def __init__(self, seconds: float, beat: Callable[[], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._beat = beat
        self._over: asyncio.Event | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        """Begin to count."""
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._start)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End it; nothing is said any more."""
        if self._timer is not None:
            self._timer.cancel()
        task = self._task
        if task is None:
            return
        if self._over is not None:
            self._over.set()
        try:
            await asyncio.wait((task,))
        finally:
            if not task.done():  # whoever waited was cancelled
                task.cancel()
                await asyncio.wait((task,))
        if kind is None:
            task.result()
        elif not task.cancelled() and (error := task.exception()) is not None:
            log.info("a beat failed: %r", error)

    def _start(self) -> None:
        self._over = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._beats(self._over))

    async def _beats(self, end: asyncio.Event) -> None:
        while not end.is_set():
            await self._beat()
            over = asyncio.ensure_future(end.wait())
            try:
                await asyncio.wait((over,), timeout=self._seconds)
            finally:
                over.cancel()
