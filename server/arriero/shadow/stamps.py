"""Modification times for texts that are laid over files.

Build tools go by them. A text that has not changed keeps its time, so that nothing is built twice;
a changed one gets a time in a later second than any before it, because some tools (Python's
compiled files among them) see whole seconds and the size only.
"""

from __future__ import annotations

import hashlib
import os
import time

_SECOND = 1_000_000_000


class Stamps:
    """Remembers the text and the time that each file had last."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[bytes, int]] = {}

    def stamp(self, name: str, content: bytes, below: str) -> int:
        """Return the time for a text, in ns since the epoch; `below` is the file that it hides."""
        digest = hashlib.sha256(content).digest()
        last = self._last.get(name)
        if last is not None and last[0] == digest:
            return last[1]
        before = last[1] if last is not None else _modified(below)
        later = (before // _SECOND + 1) * _SECOND
        stamp = max(time.time_ns(), later)
        self._last[name] = (digest, stamp)
        return stamp


def _modified(path: str) -> int:
    try:
        return os.lstat(path).st_mtime_ns
    except OSError:
        return 0
