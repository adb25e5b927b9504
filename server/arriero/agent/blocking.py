"""Doing what blocks on the disk without blocking the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run what blocks in a thread, to its end even if the caller is cancelled.

    The lock is held until then, so that no write of an older record can come after a newer one's.
    """
    work = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([work])
        if error := work.exception():
            log.warning("cancelled work failed", exc_info=error)
        raise
