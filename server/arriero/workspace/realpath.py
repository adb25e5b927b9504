"""The canonical path of a name that somebody else made."""

from __future__ import annotations

import os

LONGEST = 4096  # bytes with the NUL behind them: PATH_MAX of Linux, which is less elsewhere


def real_path(path: str) -> str | None:
    """Return a path without symbolic links, None where no file can have that name.

    Of a path that is much longer `os.path.realpath` would take the square of its length.
    """
    try:
        if "\0" in path or len(os.fsencode(path)) >= LONGEST:
            return None
        return os.path.realpath(path)
    except (OSError, ValueError):  # a current folder that is gone; half of a surrogate pair
        return None
