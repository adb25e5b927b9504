"""Having a database of SQLite log its changes, although another process begins to as well."""

from __future__ import annotations

import sqlite3
import time

_SECONDS = 5.0  # for which another process may be at it
_LOOK_SECONDS = 0.01


def log_ahead(db: sqlite3.Connection) -> None:
    """Have readers and one writer work beside each other from now on; raises sqlite3.Error.

    Of two that begin it at once SQLite tells one at once that the database is locked, whatever its
    busy timeout is, as both would wait for each other. https://www.sqlite.org/wal.html
    """
    end = time.monotonic() + _SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(_LOOK_SECONDS)
        else:
            return
