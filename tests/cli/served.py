"""A simulated model server that answers from a thread, for commands that the test waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from arriero.models.rehearsal import Simulator


@contextmanager
def served(simulator: Simulator) -> Iterator[Simulator]:
    """Have it answer meanwhile, in a thread with a loop of its own."""
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with simulator:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield simulator
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
