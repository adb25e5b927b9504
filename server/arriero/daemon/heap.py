"""Memory that was freed goes back to the system: a daemon is as small after a day as before.

What the C library frees it keeps, in a heap for each of a dozen threads: SQLite, compression and
TLS leave holes in each. Of 216 MB that a daemon had after some 10,000 runs, 43 were such holes.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import sys

log = logging.getLogger(__name__)

REST = 5.0  # seconds without a run
_M_ARENA_MAX = -8  # mallopt(3)
_HEAPS = 2


def keep_few_heaps() -> None:
    """Have all threads share two heaps: Python's own lock lets few of them allocate at a time.

    To be called before there are threads. Does nothing where the C library is not glibc.
    """
    if (library := _glibc()) is not None:
        library.mallopt(_M_ARENA_MAX, _HEAPS)


class Heap:
    """Gives memory back once runs have ended and none has begun for `rest` seconds."""

    def __init__(self, rest: float = REST) -> None:
        self._rest = rest
        self._timer: asyncio.TimerHandle | None = None
        self._giving: asyncio.Future[None] | None = None

    def weigh(self, *, busy: bool) -> None:
        """Note whether there are runs now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not busy:
            self._timer = asyncio.get_running_loop().call_later(self._rest, self._give_back)

    async def aclose(self) -> None:
        """Give nothing back any more, and wait for what is under way."""
        self.weigh(busy=True)
        if self._giving is not None:
            await asyncio.wait([self._giving])

    def _give_back(self) -> None:
        self._timer = None
        self._giving = asyncio.ensure_future(asyncio.to_thread(give_back))


def give_back() -> None:
    """Return free memory to the system; takes some milliseconds for each 10 MB."""
    if (library := _glibc()) is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """Return the C library if it has these functions; others give back by themselves."""
    if sys.platform != "linux":
        return None
    try:
        library = ctypes.CDLL(None)
        library.malloc_trim, library.mallopt  # noqa: B018 - looks them up
    except (OSError, AttributeError) as error:
        log.debug("freed memory stays with the process: %s", error)
        return None
    return library
