"""The two sides of what is under way on one connection: handlers that run, answers awaited."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

from pygls.exceptions import JsonRpcRequestCancelled

from arriero.rpc.message import MessageId

log = logging.getLogger(__name__)

CANCELLED = "the request was cancelled"
MAX_RUNNING = 1000
"""Handlers that one client may have running."""
_PATIENCE = 5.0  # seconds that cancelled handlers get to end


class ConnectionLost(ConnectionError):
    """The client left before it answered."""


class Running:
    """The tasks of handlers, of requests by their id; it owns them and ends them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[Any]] = set()
        self._requests: dict[MessageId, asyncio.Future[Any]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, id_: MessageId) -> bool:
        return id_ in self._requests

    @property
    def full(self) -> bool:
        """Whether no further handler may start."""
        return len(self._tasks) >= MAX_RUNNING

    def start(
        self,
        work: Awaitable[Any],
        done: Callable[[Any, BaseException | None], None],
        id_: MessageId | None = None,
    ) -> None:
        """Go on with a handler; `done` gets its result or its exception, once."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        if id_ is not None:
            self._requests[id_] = task

        def forget(ended: asyncio.Future[Any]) -> None:
            self._tasks.discard(ended)
            if id_ is not None:
                del self._requests[id_]
            if ended.cancelled():
                done(None, JsonRpcRequestCancelled(CANCELLED))
            elif (error := ended.exception()) is not None:
                done(None, error)
            else:
                done(ended.result(), None)

        task.add_done_callback(forget)

    def cancel(self, id_: MessageId) -> bool:
        """Cancel a request's handler; False if none runs."""
        task = self._requests.get(id_)
        return task is not None and task.cancel()

    def cancel_requests(self, but: MessageId | None = None) -> None:
        """Cancel the handlers of all requests but one."""
        for id_, task in self._requests.items():
            if id_ != but:
                task.cancel()

    async def close(self) -> None:
        """Cancel everything and wait for it to end, for a while."""
        for task in self._tasks:
            task.cancel()
        if not self._tasks:
            return
        _, stuck = await asyncio.wait(self._tasks, timeout=_PATIENCE)
        for task in stuck:
            log.error("A handler goes on after its client left: %r", task)


class Awaited:
    """Our requests that the client has not answered yet."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._futures: dict[MessageId, tuple[Future[Any], str]] = {}

    def __len__(self) -> int:
        return len(self._futures)

    def __contains__(self, id_: MessageId) -> bool:
        return id_ in self._futures

    def add(self, method: str, id_: MessageId | None) -> tuple[MessageId, Future[Any]]:
        """Note a request; return its id, made if None, and the future of its answer."""
        if id_ is None:
            id_ = next(self._ids)
        future: Future[Any] = Future()
        self._futures[id_] = (future, method)
        return id_, future

    def take(self, id_: MessageId) -> tuple[Future[Any], str] | None:
        """Return and forget the future and the method of a request; None if it is not awaited."""
        return self._futures.pop(id_, None)

    def fail_all(self, error: Exception) -> None:
        """Let every waiting caller go on with an exception."""
        futures, self._futures = self._futures, {}
        for future, _ in futures.values():
            if not future.done():
                future.set_exception(error)
