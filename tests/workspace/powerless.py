"""A thread that may do no more than the owner of a file may, also where the tests run as root."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

_DROP_FROM_BOUNDING = 24  # prctl(2)
_VERSION = 0x20080522  # capget(2)
_OVERRIDES = (1, 2)  # capabilities(7): CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH

T = TypeVar("T")


@contextmanager
def powerless() -> Iterator[Callable[[Callable[[], T]], T]]:
    """Give a function that calls another one in such a thread, always the same."""
    with ThreadPoolExecutor(1, initializer=_give_up) as pool:
        yield lambda call: pool.submit(call).result()


def _give_up() -> None:
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()
    failed = libc.capget(head, sets)
    for capability in _OVERRIDES:
        libc.prctl(_DROP_FROM_BOUNDING, capability, 0, 0, 0)  # else programs have it again
        for number in range(3):  # effective, permitted, inheritable
            sets[number] &= ~(1 << capability)
    if failed or libc.capset(head, sets):
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")
