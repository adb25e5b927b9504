"""The right to write an index: held by one process, gone with it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from arriero.index.paths import LOCK


def try_lock(folder: Path) -> int | None:
    """Lock an index and return the descriptor that holds it; None while another process does.

    The file stays: whoever removed it would let two processes hold locks of one name. Raises
    OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(folder / LOCK, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
