"""One run of an agent at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from arriero.api.result import Result
from arriero.daemon.runs import RunRefused

_PATIENCE = 10.0  # seconds for a cancelled run to end; after them its session refuses the next


class Turns:
    """Whose turn it is. To be used in the engine's loop.

    A run that was cancelled needs a moment to store its end. The next one waits for that, not who
    cancels: Ctrl-C and a timeout are at once, and a loop that is left blocks nothing.
    """

    def __init__(self) -> None:
        self._label = ""
        self._awaited: asyncio.Future[Result] | None = None
        self._works: set[asyncio.Task[Result]] = set()

    async def take(self, label: str, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Do some work unless another is awaited; raises RunRefused then."""
        if self._awaited is not None and not self._awaited.done():
            raise RunRefused(
                f"This agent is busy with '{self._label}'; await that first, or make another "
                "agent for this."
            )
        task = asyncio.create_task(_after(set(self._works), work))
        self._works.add(task)
        task.add_done_callback(self._works.discard)
        # Cancelling ends the shield within the call, before anything else can take its turn.
        self._label, self._awaited = label, asyncio.shield(task)
        try:
            return await self._awaited
        except asyncio.CancelledError:
            task.cancel()
            raise


async def _after(
    left: set[asyncio.Task[Result]], work: Callable[[], Coroutine[Any, Any, Result]]
) -> Result:
    if left:
        await asyncio.wait(left, timeout=_PATIENCE)
    return await work()
