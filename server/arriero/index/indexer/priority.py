"""Giving way to everything else on the machine."""

from __future__ import annotations

import ctypes
import logging
import os
import platform
import sys

log = logging.getLogger(__name__)

_NICE = 10
# ioprio_set(2), which has no wrapper: class "best effort" is 2, in the bits from 13 on, and 7 its
# last level. In the class "idle" a saved file could wait for as long as the disk is busy.
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_WHO_PROCESS = 1
_LAST = 2 << 13 | 7


def give_way() -> None:
    """Lower this process's priority for processor and disk; its children inherit it."""
    try:
        os.nice(_NICE)
    except OSError as error:
        log.info("the indexer keeps its priority: %s", error)
    number = _IOPRIO_SET.get(platform.machine())
    if sys.platform == "linux" and number is not None:
        ctypes.CDLL(None, use_errno=True).syscall(number, _WHO_PROCESS, 0, _LAST)
