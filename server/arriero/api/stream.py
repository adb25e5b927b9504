"""`Stream`: the events of a run as they come, and its result."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from arriero.agent.request import RunRequest
from arriero.api.result import Result
from arriero.sessions.events import EventBody

if TYPE_CHECKING:
    from arriero.api.engine import Engine

Follow = Callable[[EventBody], None]
Work = Callable[[RunRequest, Follow], Coroutine[Any, Any, Result]]

_END = object()


class Stream:
    """The events (`sessions.events`) of one run, for `for` or for `async for`, once.

    The run begins with the first event that is asked for, and is cancelled when the loop over them
    is left early. `result` is there once all events are read.
    """

    def __init__(self, engine: Engine, work: Work, request: RunRequest) -> None:
        self._engine = engine
        self._work = work
        self._request = request
        self._result: Result | None = None

    @property
    def result(self) -> Result:
        """What came of the run; raises RuntimeError before its end."""
        if self._result is None:
            raise RuntimeError("The run has not ended: read the stream to its end first.")
        return self._result

    def __iter__(self) -> Iterator[EventBody]:
        events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        running = self._begin(events.put)
        try:
            while (event := events.get()) is not _END:
                yield event
            self._result = running.result()
        finally:
            running.cancel()

    async def __aiter__(self) -> AsyncIterator[EventBody]:
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Any] = asyncio.Queue()

        def put(event: Any) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        running = self._begin(put)
        try:
            while (event := await events.get()) is not _END:
                yield event
            self._result = await asyncio.wrap_future(running)
        finally:
            running.cancel()

    def _begin(self, put: Callable[[Any], None]) -> Future[Result]:
        running = self._engine.begin(self._work(self._request, put))
        running.add_done_callback(lambda _: put(_END))
        return running
