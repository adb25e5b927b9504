"""`Stream`: the events of a run as they come, and its result."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import suppress
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
        running = self._engine.begin(self._work(self._request, events.put))
        running.add_done_callback(lambda _: events.put(_END))
        try:
            while (event := events.get()) is not _END:
                yield event
            self._result = running.result()
        finally:
            running.cancel()

    def __aiter__(self) -> AsyncIterator[EventBody]:
        begun: list[Future[Result]] = []
        return _Reading(self._read(begun), begun)

    async def _read(self, begun: list[Future[Result]]) -> AsyncGenerator[EventBody, None]:
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Any] = asyncio.Queue()

        def put(event: Any) -> None:
            with suppress(RuntimeError):  # a loop that is closed reads no more
                loop.call_soon_threadsafe(events.put_nowait, event)

        running = await self._engine.abegin(self._work(self._request, put))
        begun.append(running)
        running.add_done_callback(lambda _: put(_END))
        try:
            while (event := await events.get()) is not _END:
                yield event
            self._result = await asyncio.wrap_future(running)
        finally:
            running.cancel()


class _Reading(AsyncIterator[EventBody]):
    """The events in one `async for`; cancels the run as soon as nobody has it any more.

    An event loop closes a generator that was left only some turns later: the next run would find
    this one at work.
    """

    def __init__(
        self, events: AsyncGenerator[EventBody, None], begun: list[Future[Result]]
    ) -> None:
        self._events = events
        self._begun = begun

    async def __anext__(self) -> EventBody:
        return await self._events.__anext__()

    async def aclose(self) -> None:
        """Cancel the run, as what reads generators may do."""
        await self._events.aclose()

    def __del__(self) -> None:
        for running in self._begun:
            running.cancel()
