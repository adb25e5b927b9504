"""Giving way to everything else on the machine, but for what somebody waits for."""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger(__name__)

_NICE = 10
# ioprio_set(2), which has no wrapper: class "best effort" is 2, in the bits from 13 on, and 7 its
# last level. In the class "idle" a saved file could wait for as long as the disk is busy.
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_WHO_PROCESS = 1
_LAST = 2 << 13 | 7


Doing = Callable[[Callable[[], None]], None]


def do_here(work: Callable[[], None]) -> None:
    """Do work as everything else."""
    work()


class Promptly:
    """Does work at the priority that the process has when this is made: make it before `give_way`.

    What gave way cannot take it back. But Linux has a priority for each thread (sched(7)), and one
    that was started before keeps its own, as do the programs that it starts. On a machine at its
    limits a process that gave way may wait for minutes until it has looked which files there are.
    Elsewhere work is done as everything else.
    """

    def __init__(self) -> None:
        """Start the thread."""
        self._thread: ThreadPoolExecutor | None = None
        if sys.platform == "linux":
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="promptly")
            self._thread.submit(os.getpid).result()

    def __call__(self, work: Callable[[], None]) -> None:
        """Do work and wait for its end; raises what it raises."""
        if self._thread is None:
            work()
        else:
            self._thread.submit(work).result()


def give_way() -> None:
    """Lower the priority of this thread, and of all that it starts, for processor and disk.

    It is that of the whole process where threads have none of their own.
    """
    try:
        os.nice(_NICE)
    except OSError as error:
        log.info("the indexer keeps its priority: %s", error)
    number = _IOPRIO_SET.get(os.uname().machine) if sys.platform == "linux" else None
    if number is not None:
        ctypes.CDLL(None, use_errno=True).syscall(number, _WHO_PROCESS, 0, _LAST)
