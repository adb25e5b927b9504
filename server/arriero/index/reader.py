"""Reading an index while another process writes it: a snapshot at a time, in any thread."""

from __future__ import annotations

import logging
import os
import sqlite3
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arriero.index.catalogue import Stamp
from arriero.index.paths import DATABASE, absolute
from arriero.index.schema import CHUNKS_OF_A_FILE, VERSION, is_damage, unpacked

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 512  # parameters of one statement
_LINES = struct.Struct("<II")  # of a chunk, see `schema`
_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
_MOST_COUNTS = 50_000
_FILES = ""  # no word is empty
# What reading a row may lead to that is not as it was written: a number or a text that is none, a
# list that is cut off, a key that nothing has.
_OF_DAMAGED_ROWS = (ValueError, TypeError, LookupError, ArithmeticError, struct.error)


class NoIndex(Exception):
    """There is nothing to read, now or at all: what is asked for has to come from disk."""


@dataclass(frozen=True)
class FileRow:
    """A file of the catalogue; `kind` as in `schema`, `chunks` first and last line of each."""

    id: int
    path: str
    kind: str
    language: str
    stamp: Stamp
    chunks: tuple[tuple[int, int], ...] = ()


class KnownCounts:
    """How many chunks have each word that was asked for, while no chunk is added."""

    def __init__(self) -> None:
        self._state: tuple[float, ...] = ()
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def of(self, *state: float) -> dict[str, int]:
        """Return what is known where an index is in some state, to be added to."""
        with self._lock:
            if state != self._state or len(self._counts) > _MOST_COUNTS:
                self._state, self._counts = state, {}
            return self._counts


class Snapshot:
    """An index at one moment. Raises sqlite3.Error only as `Reader.read` explains."""

    def __init__(self, db: sqlite3.Connection, root: str, known: KnownCounts) -> None:
        """Made by `Reader.read`; `known` is shared by its snapshots."""
        self.db = db
        self.root = root
        meta = dict(db.execute("SELECT key, value FROM meta"))
        self.generation = int(meta["generation"])
        self.meta: dict[str, float] = meta
        self._head = root if root.endswith("/") else root + "/"
        self._counts = known.of(meta["made"], self.generation, meta["rows_written"])

    def path(self, name: bytes) -> str:
        """Return the absolute path of a stored name."""
        return self._head + name.decode(_ENCODING, _ERRORS)

    def paths(self, names: bytes) -> list[str]:
        """Return the absolute paths of stored names, NULs between them, in their order."""
        shown = names.decode(_ENCODING, _ERRORS)
        return [self._head + name for name in shown.split("\0")] if shown else []

    def counts(self, terms: Iterable[str]) -> Mapping[str, int]:
        """Return for those words that the index has how many chunks have each, in this order."""
        wanted = list(dict.fromkeys(terms))
        counts = self._counts
        new = [term for term in wanted if term not in counts]
        query = f"SELECT term, doc FROM text_{self.generation}_terms WHERE term"  # noqa: S608
        counts.update({**dict.fromkeys(new, 0), **dict(self._in_parts(query, new))})
        return {term: counts[term] for term in wanted if counts[term]}

    def file_count(self) -> int:
        """Return about how many files there are: as many as since a chunk was added last."""
        if _FILES not in self._counts:
            count = self.db.execute("SELECT count(*) FROM files").fetchone()[0]
            self._counts[_FILES] = count
        return self._counts[_FILES]

    def places(self, rows: Sequence[int]) -> Iterator[tuple[int, str, int, int]]:
        """Return for rows of the chunks' table: row, absolute path, first and last line.

        In the order given; without those of files that are dead.
        """
        idents = {row // CHUNKS_OF_A_FILE for row in rows}
        query = "SELECT id, path, chunks FROM files WHERE id"
        known = {ident: (self.path(name), chunks)
                 for ident, name, chunks in self._in_parts(query, idents)}  # fmt: skip
        for row in rows:
            ident, number = divmod(row, CHUNKS_OF_A_FILE)
            if ident in known:
                path, chunks = known[ident]
                line, end_line = _LINES.unpack_from(chunks, number * _LINES.size)
                yield row, path, line, end_line

    def names(self, idents: Iterable[int]) -> dict[int, bytes]:
        """Return the stored names of those files that are alive, by id."""
        return dict(self._in_parts("SELECT id, path FROM files WHERE id", idents))

    def idents(self, names: Iterable[bytes]) -> dict[bytes, int]:
        """Return the ids of those files that are there, by stored name."""
        return dict(self._in_parts("SELECT path, id FROM files WHERE path", names))

    def files(self, ids: Iterable[int]) -> dict[int, FileRow]:
        """Return those files that are alive, by id."""
        rows = map(self._row, self._in_parts(f"{_FILE} WHERE id", ids))
        return {row.id: row for row in rows}

    def all_files(self) -> Iterator[FileRow]:
        """Return every file, in no order."""
        return map(self._row, self.db.execute(_FILE))

    def file(self, name: bytes) -> FileRow | None:
        """Return a file by its stored name."""
        row = self.db.execute(f"{_FILE} WHERE path = ?", (name,)).fetchone()
        return None if row is None else self._row(row)

    def _in_parts(self, query: str, values: Iterable[object]) -> Iterator[Any]:
        """Return the rows of a query, which ends with a column, where that is one of some values.

        One row at most for each value, and in no order.
        """
        distinct = list(dict.fromkeys(values))
        for start in range(0, len(distinct), _MOST_AT_ONCE):
            part = distinct[start : start + _MOST_AT_ONCE]
            # Of few lengths, as SQLite compiles each statement; a value that is repeated is one.
            part += part[-1:] * ((1 << (len(part) - 1).bit_length()) - len(part))
            yield from self.db.execute(f"{query} IN ({_marks(part)})", part)

    def _row(self, row: tuple[int, bytes, str, str, int, int, int, bytes]) -> FileRow:
        ident, name, kind, language, mtime, ctime, size, chunks = row
        lines = iter(unpacked(chunks))
        return FileRow(
            ident,
            absolute(self.root, name),
            kind,
            language,
            Stamp(mtime, ctime, size),
            tuple(zip(lines, lines, strict=True)),
        )


class Reader:
    """Opens an index for reading as often as is needed at once; notices when it was replaced."""

    def __init__(self, root: str, folder: Path, doubted: Callable[[], None] | None = None) -> None:
        """Take the workspace's canonical folder and the folder of its index.

        `doubted` is called, in any thread, when what was read may be damaged.
        """
        self.root = root
        self.doubted = doubted
        self._path = folder / DATABASE
        self._lock = threading.Lock()
        self._free: list[tuple[tuple[int, int], sqlite3.Connection]] = []
        self._closed = False
        self._counts = KnownCounts()

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """Give a snapshot, for one thread. Raises `NoIndex`, also while the database fails."""
        identity, db = self._borrowed()
        usable = False
        try:
            try:
                db.execute("BEGIN")
                yield Snapshot(db, self.root, self._counts)
                db.execute("COMMIT")
                usable = True
            except (sqlite3.Error, *_OF_DAMAGED_ROWS) as error:
                log.warning("the index of %r cannot be read: %r", self.root, error)
                self._doubt(error)
                raise NoIndex("The index cannot be read now.") from error
        finally:
            if not usable and db.in_transaction:
                db.rollback()
            self._give_back(identity, db, usable=usable)

    def close(self) -> None:
        """Close what is not in use; what is, is closed when it is given back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for _, db in free:
            db.close()

    def _borrowed(self) -> tuple[tuple[int, int], sqlite3.Connection]:
        try:
            facts = os.stat(self._path)
        except OSError as error:
            self._doubt(error)
            raise NoIndex("There is no index yet.") from error
        identity = (facts.st_dev, facts.st_ino)
        with self._lock:
            stale = [db for known, db in self._free if known != identity]
            self._free = [entry for entry in self._free if entry[0] == identity]
            found = self._free.pop() if self._free else None
        for db in stale:
            db.close()
        return found or (identity, self._opened())

    def _opened(self) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(
                f"{self._path.as_uri()}?mode=ro", uri=True, isolation_level=None,
                check_same_thread=False, timeout=1.0,
            )  # fmt: skip
        except sqlite3.Error as error:
            raise NoIndex("The index cannot be opened.") from error
        try:
            db.execute("PRAGMA cache_size = -8000")
            (version,) = db.execute("PRAGMA user_version").fetchone()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            db.close()
            self._doubt(error)
            raise NoIndex("The index cannot be opened.") from error
        if version != VERSION:
            db.close()
            raise NoIndex("The index is of another version of Arriero.")
        return db

    def _doubt(self, error: Exception) -> None:
        if self.doubted is not None and (not isinstance(error, sqlite3.Error) or is_damage(error)):
            self.doubted()

    def _give_back(
        self, identity: tuple[int, int], db: sqlite3.Connection, *, usable: bool
    ) -> None:
        with self._lock:
            kept = usable and not self._closed and len(self._free) < _MOST_KEPT
            if kept:
                self._free.append((identity, db))
        if not kept:
            db.close()


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


_FILE = "SELECT id, path, kind, language, mtime_ns, ctime_ns, size, chunks FROM files"
_MOST_KEPT = 4
