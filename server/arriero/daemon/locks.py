"""Advisory file locks that end with the process that holds them. Cheap to import."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def try_lock(path: str) -> int | None:
    """Lock a file and return its descriptor, or None while another process holds it.

    Closing the descriptor releases the lock. The file stays: whoever removed it would let two
    processes hold locks on two files of one name.
    """
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):  # the latter on Windows
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock of a file while inside, waiting for it; call it in a thread. Raises OSError."""
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        _wait(descriptor)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _wait(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _wait(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
