"""Time that passes when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Clock:
    """`sleep` returns once `advance` has passed its end; `now` in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleeping: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleeping.append((self.now + seconds, woken))
        await woken

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for end, woken in self._sleeping:
            if end <= self.now and not woken.done():
                woken.set_result(None)

    @property
    def sleepers(self) -> list[float]:
        """How many seconds each that sleeps has yet to sleep, the shortest first."""
        self._sleeping = [one for one in self._sleeping if not one[1].done()]
        return sorted(end - self.now for end, _ in self._sleeping)

    def time_ns(self) -> int:
        return int(self.now * 1e9)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that other tasks bring about, 10 s at most."""

    async def poll() -> None:
        while not condition():
            await asyncio.sleep(0.001)

    await asyncio.wait_for(poll(), 10)
