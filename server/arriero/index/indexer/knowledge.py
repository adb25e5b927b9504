"""What is worked out when the files are indexed: history from git, and ranks.

It takes seconds, so it has a thread and a connection of its own; the index goes on beside it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from pathlib import Path

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 30.0


class Knowledge:
    """Works it out again when it is due, not more often than every half a minute."""

    def __init__(self, root: str, database: Path) -> None:
        """Take the workspace's canonical folder and the database of its index."""
        self._root = root
        self._database = database
        self._thread: threading.Thread | None = None
        self._not_before = 0.0
        self._due = False

    @property
    def wait(self) -> float | None:
        """Seconds until `work` has something to do, None if it has not."""
        return max(self._not_before - time.monotonic(), 0.0) if self._due else None

    def is_due(self) -> None:
        """Take note that files or commits may have changed."""
        self._due = True

    def work(self) -> None:
        """Begin, if it is time."""
        if not self._due or time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + _PAUSE_SECONDS
        if self._thread is not None and self._thread.is_alive():
            return
        self._due = False
        self._thread = threading.Thread(target=self._work, name="knowledge", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        from arriero.index import history, ranks  # first needed long after the files are known

        try:
            db = sqlite3.connect(self._database, isolation_level=None, timeout=30.0)
            try:
                history.update(db, self._root)
                ranks.update(db)
            finally:
                db.close()
        except (sqlite3.Error, OSError) as error:  # a full disk: the index's writer says so
            log.warning("history and ranks of %r are not new: %s", self._root, error)
