"""Calling a handler, whichever of pygls's kinds it is."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any

from pygls.feature_manager import is_thread_function

Handler = Callable[..., Any]


def call(
    handler: Handler, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
) -> Any:
    """Call a handler; return its result, or an awaitable for it if it did not end at once.

    A generator is a built-in of pygls that yields the handlers it wants called. What it waits for
    becomes part of one coroutine, so that cancelling the request cancels that too. A handler
    marked with `@server.thread()` runs in a worker thread and answers on the loop.
    """
    if is_thread_function(handler):  # type: ignore[no-untyped-call]
        return asyncio.to_thread(handler, *args, **(kwargs or {}))
    result = handler(*args, **(kwargs or {}))
    return _drive(result, None) if inspect.isgenerator(result) else result


def _drive(generator: Generator[Any, Any, Any], reply: Any) -> Any:
    while True:
        try:
            handler, args, kwargs = generator.send(reply)
        except StopIteration as end:
            return end.value
        reply = call(handler, args or (), kwargs)
        if inspect.isawaitable(reply):
            return _drive_on(generator, reply)


async def _drive_on(generator: Generator[Any, Any, Any], pending: Awaitable[Any]) -> Any:
    result = _drive(generator, await pending)
    return await result if inspect.isawaitable(result) else result
