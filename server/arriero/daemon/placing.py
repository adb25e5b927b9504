"""A daemon that stays where it is looked for, also when somebody removes its runtime folder."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from arriero.daemon.endpoint import EndpointRefused
from arriero.daemon.instance import Listener

log = logging.getLogger(__name__)

_EVERY = 2.0  # seconds between two looks


@contextlib.asynccontextmanager
async def kept_in_place(listener: Listener, replaced: Callable[[], object]) -> AsyncIterator[None]:
    """Look now and then whether the endpoint is still ours, and make it so.

    `replaced` is called once if another daemon has taken it meanwhile.
    """
    task = asyncio.ensure_future(_look(listener, replaced))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _look(listener: Listener, replaced: Callable[[], object]) -> None:
    refused = ""
    while True:
        await asyncio.sleep(_EVERY)
        if listener.in_place:
            continue
        try:
            if await listener.return_to_place():
                log.warning("%s was removed: it is there again", listener.endpoint.path)
                refused = ""
                continue
        except (EndpointRefused, OSError) as error:
            if str(error) != refused:
                log.warning("%s was removed and cannot be made: %s", listener.endpoint.path, error)
            refused = str(error)
            continue
        log.warning("another daemon serves %s now", listener.endpoint.path)
        replaced()
        return
