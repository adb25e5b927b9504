"""What a failure of the disk or the database is to the person."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from arriero.workspace.naming import visible


def explained(error: Exception) -> str:
    """Return one sentence that says what to do."""
    number = getattr(error, "errno", None)
    if "full" in str(error) or number in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full, so the index is not kept up to date; free some space."
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or "readonly" in str(error):
        place = getattr(error, "filename", None)
        at = f" at {visible(os.fsdecode(place))}" if place else ""
        why = getattr(error, "strerror", None) or error
        return (
            f"The index cannot be written{at} ({why}); make it writable, or set XDG_CACHE_HOME to "
            "a folder that is."
        )
    return f"The index cannot be written ({error}); look at the disk that has it."


def without_grammars() -> str:
    """Return a sentence where the parsers are not installed, "" where they are."""
    if find_spec("tree_sitter") is not None:
        return ""
    return (
        "Symbols are found by patterns only, because tree-sitter is not installed; "
        "install Arriero again, with all that it depends on."
    )


def of_files(db: sqlite3.Connection) -> str:
    """Return a sentence for files that were not read as they should be, "" where there are none.

    That is, whose parser was ended, or else that could not be read. Raises sqlite3.Error.
    """
    plain = _names(db, "plain = 1")
    if plain:
        return (
            f"{_first(plain)}: found by words only, because parsing took too much time or memory; "
            "name what need not be found in the setting index.exclude."
        )
    unread = _names(db, "kind = 'unreadable'")
    if not unread:
        return ""
    them, their = ("them", "their") if len(unread) > 1 else ("it", "its")
    return (
        f"{_first(unread)} cannot be read, so what is in {them} is not found; see to {their} "
        f"rights, or name {them} in the setting index.exclude."
    )


def vanished(root: str) -> str:
    """Return a sentence for a workspace whose folder is gone."""
    return f"{visible(root)} is not there any more; restore the folder."


def damaged_often(database: Path) -> str:
    """Return a sentence for an index that is damaged again and again."""
    return (
        f"The index was damaged several times; look at the disk that has {visible(str(database))}."
    )


def _names(db: sqlite3.Connection, which: str) -> list[bytes]:
    """Return the files of a condition that the database has an index for."""
    # Put in order here: SQLite would go through all files in theirs, not to the few by an index.
    query = f"SELECT path FROM files WHERE {which}"  # noqa: S608 - from above
    return sorted(name for (name,) in db.execute(query))


def _first(names: Sequence[bytes]) -> str:
    others = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"{visible(os.fsdecode(names[0]))}{others}"
