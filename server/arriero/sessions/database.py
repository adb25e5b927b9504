"""The connection to the conversations' database, which mends what can be mended.

A damaged file is set aside and what can be read of it kept; one that was removed while it was in
use is written again; where nothing can be written conversations are kept in memory until something
can. Each of it is told in a sentence, and none of it ends the daemon.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from arriero.sessions import schema
from arriero.sessions.failure import is_damage, is_of_the_disk, told
from arriero.sessions.mending import connected, mend
from arriero.sessions.salvage import copy
from arriero.sessions.write_ahead import log_ahead

log = logging.getLogger(__name__)

_ATTEMPTS = 3
_FAILURES = (sqlite3.Error, OSError, UnicodeDecodeError)
_AGAIN = 5.0  # seconds between two looks whether the disk can be written again

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
Say = Callable[[str], object]


class Database:
    """The database at `path`. Its methods block, and are called by one thread at a time.

    `prepare` is called with each connection before it is used, `say` with the sentences for the
    person. Where a newer version wrote the file, `path` becomes one beside it.
    """

    def __init__(self, path: Path, prepare: Work[object], say: Say) -> None:
        self.path = path
        self._prepare = prepare
        self._say = say
        self._db: sqlite3.Connection | None = None
        self._place: tuple[int, int] | None = None  # device and inode; None: in memory
        self._look_again = 0.0

    def open(self) -> None:
        """Open or create the database, in memory where the disk does not let us."""
        try:
            self._use(self._opened())
        except _FAILURES as error:
            log.warning("the database %s cannot be used: %r", self.path, error)
            why = (error.strerror if isinstance(error, OSError) else "") or error
            self._use(self._in_memory(), on_disk=False)
            self._say(
                f"Conversations cannot be kept in {self.path.parent} ({why}): the earlier ones"
                " are not shown, and new ones are lost when the daemon ends; make the folder"
                " writable."
            )

    def close(self) -> None:
        """Close the connection; closed already is fine."""
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def read(self, work: Work[T]) -> T:
        """Return what `work` reads; raises StoreFailed."""
        return self._whatever_is_damaged(lambda: work(self._connection()))

    def write(self, work: Work[T]) -> T:
        """Do `work` as one transaction and return its result once it is committed.

        Raises StoreFailed, in which case nothing has changed; and what `work` raises.
        """

        def transaction() -> T:
            self._keep_in_place()
            return _transaction(self._connection(), work)

        return self._whatever_is_damaged(transaction)

    # -- the file

    def _opened(self) -> sqlite3.Connection:
        """Return a connection to the file, which is mended if it must be."""
        for _ in range(_ATTEMPTS):
            try:
                return self._ready()
            except schema.NewerDatabase:
                newer = self.path
                self.path = newer.with_name(f"{newer.stem}-v{schema.VERSION}{newer.suffix}")
                self._say(
                    f"{newer} was written by a newer Arriero: its conversations are not shown, and"
                    f" new ones are kept in {self.path.name} beside it. Update Arriero."
                )
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                if is_of_the_disk(error) and not self.path.is_dir():
                    raise
                log.warning("the database %s is damaged: %s", self.path, error)
                self._mend()
        return self._ready()

    def _ready(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        emptied = self.path.is_file() and not self.path.stat().st_size
        db = connected(self.path)
        try:
            log_ahead(db)
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            self.path.chmod(0o600)
            schema.migrate(db)
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        if emptied:
            self._say(f"{self.path} was empty: the conversations that were in it are lost.")
        return db

    def _mend(self) -> None:
        sentence = mend(self.path)
        if sentence:
            self._say(sentence)

    def _keep_in_place(self) -> None:
        """Go on with another file if ours is not at its path any more, or can be there again."""
        if self._place is None:
            self._try_the_disk()
        elif file_place(self.path) != self._place:
            self._move()
            self._say(
                f"{self.path} was removed or replaced while it was in use; what this daemon knows"
                " of the conversations is in it again."
            )

    def _try_the_disk(self) -> None:
        now = time.monotonic()
        if now < self._look_again:
            return
        self._look_again = now + _AGAIN
        try:
            self._move()
        except _FAILURES as error:
            log.debug("the database %s still cannot be used: %s", self.path, error)
        else:
            self._say(f"Conversations are kept in {self.path.parent} again.")

    def _move(self) -> None:
        """Add all that our connection has to the file that is at the path, and use that."""
        old, new = self._connection(), self._opened()
        try:
            copy(old, new)
        except BaseException:
            new.close()
            raise
        self._use(new)

    # -- the connection

    def _use(self, db: sqlite3.Connection, *, on_disk: bool = True) -> None:
        self.close()
        self._db = db
        self._place = file_place(self.path) if on_disk else None

    def _connection(self) -> sqlite3.Connection:
        assert self._db is not None, "the store is not open"
        return self._db

    def _in_memory(self) -> sqlite3.Connection:
        db = connected(Path(":memory:"))
        db.execute("PRAGMA foreign_keys = ON")
        schema.migrate(db)
        return db

    def _whatever_is_damaged(self, work: Callable[[], T]) -> T:
        """Do something, and once more if the database had to be mended for it."""
        try:
            return work()
        except sqlite3.IntegrityError:
            raise
        except _FAILURES as error:
            if self._place is None or not is_damage(error):
                log.warning("the database %s failed: %s", self.path, error)
                raise told(error) from error
            log.warning("the database %s is damaged: %s", self.path, error)
        try:
            self.close()
            self._mend()
            self._use(self._opened())
            return work()
        except _FAILURES as error:
            log.exception("the database %s could not be mended", self.path)
            if self._db is None:
                self.open()
            raise told(error) from error


def _transaction(db: sqlite3.Connection, work: Work[T]) -> T:
    db.execute("BEGIN IMMEDIATE")
    try:
        result = work(db)
        db.execute("COMMIT")  # a full disk may show here only
    except BaseException:
        if db.in_transaction:  # SQLite takes some back by itself
            db.execute("ROLLBACK")
        raise
    return result


def file_place(path: Path) -> tuple[int, int] | None:
    """Return device and inode of a file, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
