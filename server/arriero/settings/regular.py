"""Read a file that somebody else may have put there: a regular one, and never more than asked for.

A pipe would keep its reader for ever, a device may have no end, and what opening one of them does
is the device's own affair.
"""

from __future__ import annotations

import errno
import os
import stat

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_regular(path: str | os.PathLike[str], most: int) -> bytes:
    """Return the first `most` bytes of a regular file; symbolic links are followed.

    Raises OSError: EISDIR for a folder, EINVAL for a pipe, socket or device.
    """
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is no regular file", os.fspath(path))
        return file.read(most)
