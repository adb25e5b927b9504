"""What a store says when its disk or database fails."""

from __future__ import annotations

import errno
import sqlite3

_FULL = "The conversation cannot be stored: the disk is full; make room on it and ask again."


class StoreFailed(Exception):
    """Nothing was stored, or nothing could be read; the sentence says what to do."""


def told(error: Exception) -> StoreFailed:
    """Return the sentence for a failure of the database or of the disk beneath it."""
    text = str(error)
    if "is full" in text or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return StoreFailed(_FULL)
    if "readonly" in text:
        return StoreFailed(
            "The conversation cannot be stored: its database cannot be written any more;"
            " make the state folder writable and ask again."
        )
    if "locked" in text:
        return StoreFailed(
            "The conversation cannot be stored: another process keeps its database locked;"
            " end that one and ask again."
        )
    return StoreFailed(
        f"The conversations' database failed ({text}); ask again, and run `arriero doctor`"
        " if it happens once more."
    )


def is_damage(error: BaseException) -> bool:
    """Tell whether the database itself is damaged, and not only a statement or the disk."""
    # SQLITE_CORRUPT, SQLITE_NOTADB and a format that it does not know, whose numbers Python tells
    # from 3.11 on only.
    if isinstance(error, UnicodeDecodeError):  # SQLite's own message held a damaged name
        return True
    text = str(error)
    signs = ("malformed", "not a database", "unsupported file format")
    return isinstance(error, sqlite3.DatabaseError) and any(sign in text for sign in signs)


def is_of_the_disk(error: BaseException) -> bool:
    """Tell whether it is the disk, or another process, that stands in the way."""
    text = str(error)
    signs = ("unable to open", "disk I/O", "readonly", "locked", "is full", "out of memory")
    return isinstance(error, sqlite3.OperationalError) and any(sign in text for sign in signs)
