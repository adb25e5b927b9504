"""What is worked out when the files are indexed: history from git, and ranks.

It takes seconds, so it has a thread and a connection of its own; the index goes on beside it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from arriero.index.schema import Damaged, is_damage, open_beside

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 30.0
_POLL_SECONDS = 0.2


class Knowledge:
    """Works it out again when it is due, not more often than every half a minute."""

    def __init__(self, root: str, database: Path, doubted: Callable[[], None]) -> None:
        """Take the workspace's canonical folder and the database of its index.

        `doubted` is called by `work` after the database was found damaged.
        """
        self._root = root
        self._database = database
        self._doubted = doubted
        self._thread: threading.Thread | None = None
        self._not_before = 0.0
        self._due = False
        self._damaged = False
        self._era = 0  # of databases

    @property
    def wait(self) -> float | None:
        """Seconds until `work` may have something to do, None if it has not."""
        at_work = self._thread is not None and self._thread.is_alive()
        if self._damaged:  # asked last: it is told before the thread ends
            return 0.0
        if at_work:
            return _POLL_SECONDS
        return max(self._not_before - time.monotonic(), 0.0) if self._due else None

    def is_due(self) -> None:
        """Take note that files or commits may have changed."""
        self._due = True

    def replaced(self) -> None:
        """Take note that there is another database: what is wrong with the old one is known."""
        self._era += 1
        self._damaged = False

    def work(self) -> None:
        """Begin, or tell of damage, when `wait` says that it is time."""
        if self.wait != 0.0:
            return
        if self._damaged:
            self._damaged = False
            self._doubted()
            return
        self._not_before = time.monotonic() + _PAUSE_SECONDS
        self._due = False
        self._thread = threading.Thread(
            target=self._work, args=(self._era,), name="knowledge", daemon=True
        )
        self._thread.start()

    def _work(self, era: int) -> None:
        from arriero.index import history, ranks  # first needed long after the files are known

        try:
            db = open_beside(self._database)
            try:
                history.update(db, self._root)
                ranks.update(db)
            finally:
                db.close()
        except (Damaged, sqlite3.Error, UnicodeDecodeError, OSError) as error:
            log.warning("history and ranks of %r are not new: %s", self._root, error)
            self._due = True  # a full disk, or a lock: the index's writer says so
            if era == self._era:
                self._damaged = isinstance(error, Damaged) or is_damage(error)
