"""Gathering the names that files define, each once: a small part of where they are defined.

It is done when there is nothing else to do, for many files at once: a name at a time would cost
more than all other rows of a file do. What was gathered and is defined no more stays until the next
renewal, and finds nothing.
"""

from __future__ import annotations

import sqlite3

_FEWEST = 500  # ids of files: readers look through so many by themselves


def gather(db: sqlite3.Connection) -> None:
    """Add the names of files that came since, within a transaction. Raises sqlite3.Error.

    A file that is yet to be read keeps its id, so all from the first one on have to wait.
    """
    (since,) = db.execute("SELECT value FROM meta WHERE key = 'gathered_to'").fetchone()
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM files").fetchone()
    if last - since < (_FEWEST if since else 1):
        return
    (unread,) = db.execute("SELECT min(id) FROM files WHERE kind = 'listed'").fetchone()
    until = last if unread is None else unread - 1
    if since:
        which = "WHERE file > ? AND file <= ?"
        db.execute(f"INSERT OR IGNORE INTO names SELECT name FROM defs {which}", (since, until))  # noqa: S608
    else:  # the index has all that is needed, nearly in the order in which names are written
        db.execute("INSERT OR IGNORE INTO names SELECT name FROM defs INDEXED BY defs_by_name")
    db.execute("UPDATE meta SET value = ? WHERE key = 'gathered_to'", (until,))


def scatter(db: sqlite3.Connection) -> None:
    """Have all names gathered anew, within a transaction. Raises sqlite3.Error."""
    db.execute("DELETE FROM names")
    db.execute("UPDATE meta SET value = 0 WHERE key = 'gathered_to'")
