"""At which model servers runs are at work, for what waits until nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from arriero.models.priority import unless

Sleep = Callable[[float], Awaitable[None]]

_T = TypeVar("_T")


@dataclass
class _Server:
    """`begun` counts the runs ever begun here, `signals` are set when the next one begins."""

    busy: int = 0
    begun: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    signals: set[asyncio.Future[None]] = field(default_factory=set)


class Activity:
    """Counts runs by server; `sleep` takes seconds."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self._servers: dict[str, _Server] = {}

    @contextmanager
    def run(self, server: str) -> Iterator[None]:
        """A run is at work at this server while inside."""
        here = self._at(server)
        here.busy += 1
        here.begun += 1
        here.ended.clear()
        for signal in here.signals:
            if not signal.done():
                signal.set_result(None)
        try:
            yield
        finally:
            here.busy -= 1
            here.ended.set()

    def begun(self, server: str) -> int:
        """Return how many runs have begun at this server."""
        return self._at(server).begun

    def busy(self, server: str) -> bool:
        """Tell whether a run is at work at this server."""
        return self._at(server).busy > 0

    async def quiet(self, server: str, seconds: float) -> None:
        """Wait until no run was at work at this server for so many seconds."""
        here = self._at(server)
        while True:
            while here.busy:
                await here.ended.wait()
                here.ended.clear()
            begun = here.begun
            await self._sleep(seconds)
            if here.begun == begun:
                return

    async def undisturbed(self, server: str, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something that ends when a run begins at this server; raises `Yielded` then."""
        here = self._at(server)
        signal: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if here.busy:
            signal.set_result(None)
        here.signals.add(signal)
        try:
            return await unless(signal, work)
        finally:
            here.signals.discard(signal)

    def _at(self, server: str) -> _Server:
        return self._servers.setdefault(server, _Server())
