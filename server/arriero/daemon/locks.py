"""Advisory file locks that end with the process that holds them. Cheap to import."""

from __future__ import annotations

import os
import sys


def try_lock(path: str) -> int | None:
    """Lock a file and return its descriptor, or None while another process holds it.

    Closing the descriptor releases the lock. The file stays: whoever removed it would let two
    processes hold locks on two files of one name.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):  # the latter on Windows
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
