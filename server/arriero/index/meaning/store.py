"""The vectors on disk: one database for all workspaces, branches and models.

- `models`: one row for each model, by a `key` that differs whenever its vectors may; `length` is
  that of its vectors, 0 until the first came.
- `vectors`: by model and digest of the text. What is the same text in two branches or workspaces is
  embedded once. `day` is when it was last in use, days since 1970.
- `files`: the digests of a file's pieces by `pieces.file_key`, so that a file is read only if a
  vector of it is missing.

Deleting it loses only time. Its size is bounded: the vectors that nobody used for longest go first,
and where those in use take more than there is room for, no more are added.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from arriero.index.schema import is_damage
from arriero.sessions.write_ahead import log_ahead

log = logging.getLogger(__name__)

DATABASE = "vectors.sqlite3"
_VERSION = 1
_AT_ONCE = 500  # parameters of one statement
_DAY_SECONDS = 86_400
_TOUCHED_DAYS = 3  # a vector in use is noted as such so often, not at each start
_DROPPED = 2_000  # rows that are dropped at once to make room
_ROOM = 0.9  # of the most, to which room is made

_TABLES = """
CREATE TABLE models (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, length INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE vectors (
    model INTEGER NOT NULL, digest BLOB NOT NULL, day INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE UNIQUE INDEX vectors_by_digest ON vectors(model, digest);
CREATE INDEX vectors_by_day ON vectors(day);
CREATE TABLE files (key BLOB PRIMARY KEY, day INTEGER NOT NULL, digests BLOB NOT NULL)
    WITHOUT ROWID
"""


class Full(Exception):
    """The vectors in use take all the room that there is."""


class VectorStore:
    """The database in a folder; several processes may use it. Every method may raise sqlite3.Error.

    `most`, which may be set, is in bytes; `now` tells seconds since 1970.
    """

    def __init__(self, folder: Path, most: int, now: Callable[[], float] = time.time) -> None:
        """Open or make it; one that is damaged or of another version is made anew."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.most = most
        self._now = now
        path = folder / DATABASE
        try:
            self._db = _opened(path)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            log.warning("the vectors in %s are made anew: %s", path, error)
            for suffix in ("-wal", "-shm", ""):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
            self._db = _opened(path)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def model(self, key: str) -> tuple[int, int]:
        """Return the id of a model and the length of its vectors, 0 if it is not known yet."""
        self._db.execute("INSERT OR IGNORE INTO models(key) VALUES (?)", (key,))
        row = self._db.execute("SELECT id, length FROM models WHERE key = ?", (key,)).fetchone()
        return int(row[0]), int(row[1])

    def restart(self, model: int, length: int) -> None:
        """Note that a model's vectors have this length; those of another one are removed."""
        with self._transaction():
            self._db.execute("DELETE FROM vectors WHERE model = ?", (model,))
            self._db.execute("UPDATE models SET length = ? WHERE id = ?", (length, model))

    def put(self, model: int, found: Sequence[tuple[bytes, bytes]]) -> None:
        """Add vectors, by digest; raises `Full`."""
        self._make_room()
        rows = [(model, digest, self._today, vector) for digest, vector in found]
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)

    def vectors(self, model: int, digests: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return those that are there, and note that they are in use."""
        wanted = list(dict.fromkeys(digests))
        found: dict[bytes, bytes] = {}
        old: list[int] = []
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            those = f"model = ? AND digest IN ({marks})"
            query = f"SELECT rowid, digest, day, vector FROM vectors WHERE {those}"  # noqa: S608 - only question marks
            for row, digest, day, vector in self._db.execute(query, (model, *part)):
                found[digest] = vector
                if day < self._today - _TOUCHED_DAYS:
                    old.append(row)
        if old:
            with self._transaction():
                rows = [(self._today, row) for row in old]
                self._db.executemany("UPDATE vectors SET day = ? WHERE rowid = ?", rows)
        return found

    def pieces(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the joined digests of those files that are known, by key."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, digests FROM files WHERE key IN ({marks})"  # noqa: S608 - as above
            found.update(self._db.execute(query, part))
        return found

    def put_pieces(self, found: Mapping[bytes, bytes]) -> None:
        """Remember the joined digests of files, by key."""
        if not found:
            return
        rows = [(key, self._today, digests) for key, digests in found.items()]
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)

    @property
    def size(self) -> int:
        """How many bytes are in use on disk, without the log."""
        pages, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    @property
    def _today(self) -> int:
        return int(self._now()) // _DAY_SECONDS

    def _make_room(self) -> None:
        """Drop what was not in use for longest, if there is no room; raises `Full`."""
        if self.size < self.most:
            return
        while self.size > _ROOM * self.most:
            with self._transaction():
                dropped = self._db.execute(
                    "DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors WHERE day < ? "
                    "ORDER BY day LIMIT ?)",
                    (self._today - _TOUCHED_DAYS, _DROPPED),
                ).rowcount
                dropped += self._db.execute(
                    "DELETE FROM files WHERE key IN (SELECT key FROM files WHERE day < ? LIMIT ?)",
                    (self._today - _TOUCHED_DAYS, _DROPPED),
                ).rowcount
            if not dropped:
                break
        self._db.execute("PRAGMA incremental_vacuum").fetchall()
        if self.size >= self.most:
            raise Full

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    try:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        log_ahead(db)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA journal_size_limit = 16777216")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            db.execute("BEGIN IMMEDIATE")
            # Another process may have made it meanwhile.
            if not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {_VERSION}")
            db.execute("COMMIT")
        elif version != _VERSION:
            raise sqlite3.DatabaseError(f"it is of version {version}")
        for table in ("models", "vectors", "files"):  # what is damaged at its roots shows now
            db.execute(f"SELECT * FROM {table} LIMIT 1").fetchall()  # noqa: S608 - names from above
    except BaseException:
        db.close()
        raise
    return db
