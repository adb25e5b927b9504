"""What one workspace's index is written by: the lock and the database, which come and go.

Disk and database may fail at any moment. Then everything is tried again later, and a database that
is damaged is set aside and made anew.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from arriero.index.indexer.checkup import Checkup
from arriero.index.indexer.faults import explained
from arriero.index.indexer.lock import try_lock
from arriero.index.indexer.store import Store
from arriero.index.paths import DATABASE
from arriero.index.schema import is_damage, open_for_writing

log = logging.getLogger(__name__)

_LOCK_SECONDS = 1.0
_RETRY_SECONDS = 10.0
_LOOK_SECONDS = 5.0


class Hold:
    """Owns the lock and the database; `store` is None while there is none to write to.

    `problem` is a sentence for the person, `not_before` a time of `time.monotonic` before which
    nothing is to be tried.
    """

    def __init__(
        self, root: str, folder: Path, disturbed: Callable[[], None], lost: Callable[[str], None]
    ) -> None:
        """`disturbed` is told of each failure, `lost` that there will be another database, with
        a sentence for the person if there is something to say.
        """
        self.store: Store | None = None
        self.problem = ""
        self.not_before = 0.0
        self.checkup = Checkup(folder / DATABASE)
        self._root = root
        self._folder = folder
        self._disturbed = disturbed
        self._lost = lost
        self._lock: int | None = None
        self._identity: tuple[int, int] | None = None
        self._look_at = 0.0

    @property
    def writes(self) -> bool:
        """Whether this process is the writer; another one may be."""
        return self._lock is not None

    @property
    def present(self) -> Store:
        """The database, where it is known to be there."""
        assert self.store is not None
        return self.store

    @property
    def wait(self) -> float:
        """Seconds until something may be tried."""
        return max(self.not_before - time.monotonic(), 0.0)

    def open(self) -> str | None:
        """Get the lock and the database, unless another process has them; then return None.

        Returns a sentence if the old database was of no use, else "". Raises OSError and
        sqlite3.Error.
        """
        if self._lock is None:
            self._lock = try_lock(self._folder)
        if self._lock is None:
            self.not_before = time.monotonic() + _LOCK_SECONDS
            self.problem = "Another Arriero keeps this index up to date; here it is only read."
            return None
        db, said = open_for_writing(self._folder)
        self.store = Store(db)
        self._identity = self._found()
        self._look_at = time.monotonic() + _LOOK_SECONDS
        self.problem = ""
        return said

    def look(self) -> bool:
        """Let go of a database that nobody finds: deleted, or another one is there; tell if so.

        The next `open` makes another one, and another lock.
        """
        self._look_at = time.monotonic() + _LOOK_SECONDS
        if self.store is None or self._found() == self._identity:
            return False
        log.warning("the database of %r was deleted or replaced: it is opened anew", self._root)
        self.close()
        self._lost("")
        return True

    @property
    def look_wait(self) -> float:
        """Seconds until the next `look` is due."""
        return max(self._look_at - time.monotonic(), 0.0)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let work that needs disk and database fail: say so, and try everything again later."""
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            log.warning("indexing %r failed: %s", self._root, error)
            self.not_before = time.monotonic() + _RETRY_SECONDS
            self._disturbed()
            if is_damage(error):
                self.start_anew()
            else:
                self.problem = explained(error)

    def start_anew(self) -> None:
        """Set the database aside; the next `open` makes another one."""
        self._close_store()
        self._lost("The index was damaged and is built anew.")
        self.problem, seconds = self.checkup.set_aside()
        self.not_before = time.monotonic() + seconds

    def close(self) -> None:
        """Let go of both; what was published stays."""
        self._close_store()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _found(self) -> tuple[int, int] | None:
        try:
            facts = os.stat(self._folder / DATABASE)
        except OSError:
            return None
        return facts.st_dev, facts.st_ino

    def _close_store(self) -> None:
        store, self.store = self.store, None
        if store is not None:
            store.close()
