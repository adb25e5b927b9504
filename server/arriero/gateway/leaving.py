"""Ending the work for a client that leaves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from arriero.gateway.body import ClientGone

T = TypeVar("T")

_UNWATCHED = 0.005  # seconds; what is over sooner is not worth a look


async def until_gone(leaves: Callable[[], Coroutine[Any, Any, None]], work: Awaitable[T]) -> T:
    """Return what the work does unless the client leaves before its end; raises ClientGone then.

    `leaves` waits until the client has left, such as `Exchange.gone`.

    It is done in the caller's task, which a client that leaves cancels: a task of its own costs a
    request more than what reads it. The task that watches begins when the request is under way.
    """
    working = asyncio.current_task()
    assert working is not None, "this is a coroutine of a task"
    gone: asyncio.Future[None] | None = None
    left = over = False

    def watch() -> None:
        nonlocal gone
        gone = asyncio.ensure_future(leaves())
        gone.add_done_callback(leave)

    def leave(watched: asyncio.Future[None]) -> None:
        nonlocal left
        if not over and not watched.cancelled():
            left = True
            working.cancel()

    watching = asyncio.get_running_loop().call_later(_UNWATCHED, watch)
    try:
        return await work
    except asyncio.CancelledError:
        if not left:
            raise
        raise ClientGone from None
    finally:
        over = True
        watching.cancel()
        if gone is not None:
            gone.cancel()
        if left and sys.version_info >= (3, 11):
            working.uncancel()
