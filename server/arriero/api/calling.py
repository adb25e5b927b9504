"""Calling functions of a program, which may block and may end in any way."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def outcome(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Return what a function returns, or what that leads to where it can be awaited.

    One that is not asynchronous runs in a thread. Raises what the function raises; RuntimeError in
    place of SystemExit, which would end the loop, and of StopIteration, which no future can carry.
    """
    try:
        if inspect.iscoroutinefunction(function):
            return await function(*given, **named)
        value, error = await asyncio.to_thread(_attempted, function, given, named)
        if error is not None:
            raise error
        return await value if inspect.isawaitable(value) else value
    except SystemExit as error:
        raise RuntimeError(f"it wanted to end the program (SystemExit: {error.code})") from error


def _attempted(
    function: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]
) -> tuple[Any, Exception | SystemExit | None]:
    try:
        return function(*given, **named), None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - raised again by `outcome`
        return None, error
