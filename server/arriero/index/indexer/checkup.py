"""Whether a database is whole: asked for by whoever could not read it, worked out beside all else.

A page that was lost or written over shows in SQLite's own check, in a count that an index and its
table do not share, in a text that is none, or in a full-text table that cannot be walked. A byte
that became another one shows in a sum (`sums`); what is looked at without a doubt is in `lookover`.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from arriero.index.indexer.faults import damaged_often, explained
from arriero.index.indexer.sums import compare_all
from arriero.index.schema import Damaged, is_damage, set_aside

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.2
_HOUR = 3_600.0
_MOST_AN_HOUR = 3  # databases
_PAUSE_SECONDS = 600.0
_TRIES = 5
_PAUSE_BETWEEN = 2.0  # seconds
_JUST_MADE = 2.0  # seconds in which a doubt is one of the database before


class Checkup:
    """One look at a time, in a thread of its own with a connection of its own.

    On a disk that damages each database it is not worth it to make one after the other. Where
    nothing is found and there is a doubt again, the database is taken for damaged all the same, but
    once only: what is doubted in the next one as well is no damage.
    """

    def __init__(self, database: Path) -> None:
        """Take the database, which need not be there."""
        self._database = database
        self._thread: threading.Thread | None = None
        self._damaged = False
        self._seemed_whole = False
        self._gave_in = False
        self._set_aside: list[float] = []

    @property
    def wait(self) -> float | None:
        """Seconds until it may be known whether `found_damage`, None where nothing is looked at."""
        looking = self._thread is not None and self._thread.is_alive()
        if self._damaged:  # asked last: it is told before the thread ends
            return 0.0
        return _POLL_SECONDS if looking else None

    def begin(self) -> None:
        """Begin to look, unless that is being done, or it was the database before that is meant.

        Who reads on in another one that is damaged doubts it again.
        """
        if self._set_aside and time.monotonic() - self._set_aside[-1] < _JUST_MADE:
            return
        if self._seemed_whole and not self._gave_in:
            log.warning("%s seemed whole, and is doubted again", self._database)
            self._damaged = self._gave_in = True
            return
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._look, name="checkup", daemon=True)
            self._thread.start()

    def found_damage(self) -> bool:
        """Tell once that the database is not whole."""
        found, self._damaged = self._damaged, False
        return found

    def set_aside(self) -> tuple[str, float]:
        """Make room for another database; return the problem, if any, and the seconds to wait."""
        now = time.monotonic()
        self._set_aside = [then for then in self._set_aside if now - then < _HOUR] + [now]
        try:
            set_aside(self._database)
        except OSError as error:
            return explained(error), _PAUSE_SECONDS
        often = len(self._set_aside) > _MOST_AN_HOUR
        return (damaged_often(self._database), _PAUSE_SECONDS) if often else ("", 0.0)

    def _look(self) -> None:
        for _ in range(_TRIES):
            if not self._database.exists():  # nothing to be found in it
                return
            try:
                examine(self._database)
                self._seemed_whole = True
            except Damaged as error:
                log.warning("%s is damaged: %s", self._database, error)
                self._damaged = True
            except (sqlite3.Error, OSError) as error:  # busy, or gone meanwhile
                log.warning("%s could not be examined: %s", self._database, error)
                time.sleep(_PAUSE_BETWEEN)
                continue
            return


def examine(database: Path) -> None:
    """Read all of a database; raises `Damaged`, and sqlite3.Error where it cannot be opened."""
    uri = f"{database.as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30.0)) as db:
        try:
            _examine(db)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            raise Damaged(str(error)) from error


def _examine(db: sqlite3.Connection) -> None:
    db.execute("BEGIN")  # one moment of it
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise Damaged(said)
    tables = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    for number, (name, made) in enumerate(tables):
        if "fts5vocab" in made:
            continue
        if "fts5(" in made:
            db.execute(f"CREATE VIRTUAL TABLE temp.all_{number} USING fts5vocab(main, {name}, row)")
            db.execute(f"SELECT count(*), sum(cnt) FROM temp.all_{number}").fetchone()  # noqa: S608
            continue
        count = sum(1 for _ in db.execute(f"SELECT * FROM {name}"))  # noqa: S608 - from above
        for _, index, _, origin, partial in db.execute(f"PRAGMA index_list({name})").fetchall():
            if origin == "pk" or partial:
                continue
            counting = f"SELECT count(*) FROM {name} INDEXED BY {index}"  # noqa: S608
            if db.execute(counting).fetchone() != (count,):
                raise Damaged(f"{index} is not of {name}")
    (generation,) = db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone() or (0,)
    for found in compare_all(db, generation):
        raise Damaged(found)
    db.execute("ROLLBACK")
