"""Writing an index: what is published together becomes visible together, or not at all."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain

from arriero.index.catalogue import Scan, Stamped
from arriero.index.indexer.faults import of_files
from arriero.index.indexer.gathered import Rows
from arriero.index.indexer.lexicon import Lexicon
from arriero.index.indexer.lookover import LookOver
from arriero.index.indexer.names import gather, scatter
from arriero.index.indexer.rows import KnownFile, Prepared
from arriero.index.indexer.sums import sum_of
from arriero.index.schema import drop_text, make_text

log = logging.getLogger(__name__)

_TEXTS = ("text", "generated", "minified", "lock")
_ROWS_AT_ONCE = 400  # of two values; SQLite may be built for 999 in one statement
_FEWEST_DEAD = 2_000  # rows; below, a renewal is not worth its while
_MOST_LOG_PAGES = 256  # that stay when there is nothing to do: 1 MB
_DEAD_SHARE = 0.25  # of the living, which is a fifth of all


class Store:
    """The one writer of a database. Every method is one transaction; raises sqlite3.Error."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Take the connection over; `close` closes it."""
        self._db = db
        self._added: Counter[str] = Counter()
        self.made = self._value("made")
        # A renewal that a crash cut short goes on: what was moved is in the new tables.
        self.generation = self._number("generation")
        self.next_generation = self._number("renewing")
        self._lexicon = Lexicon(db)
        self._look_over = LookOver(db)

    def close(self) -> None:
        """Close the database; what is not committed is forgotten."""
        try:
            self._db.close()
        except sqlite3.Error as error:
            log.warning("an index could not be closed: %s", error)

    def stamps(self) -> dict[bytes, Stamped]:
        """Return the stamps of all files; without times, as no file is, where it is to be read."""
        rows = self._db.execute("SELECT path, mtime_ns, ctime_ns, size FROM files")
        return {name: (mtime, ctime, size) for name, mtime, ctime, size in rows}

    def known(self, name: bytes) -> KnownFile | None:
        """Return what is indexed of a file."""
        query = "SELECT id, kind, digest FROM files WHERE path = ?"
        row = self._db.execute(query, (name,)).fetchone()
        return None if row is None else KnownFile(row[0], row[1], row[2] or b"")

    def beneath(self, folder: bytes) -> list[bytes]:
        """Return the known files in a folder and in those beneath it."""
        query = "SELECT path FROM files WHERE path > ? AND path < ?"
        return [name for (name,) in self._db.execute(query, (folder + b"/", folder + b"0"))]

    def knows_in_another_case(self, name: bytes) -> bool:
        """Tell whether a file is known by a name that differs in the case of ASCII letters only."""
        query = (
            "SELECT 1 FROM files WHERE length(path) = length(?1) AND path != ?1 "
            "AND lower(CAST(path AS TEXT)) = lower(CAST(?1 AS TEXT)) LIMIT 1"
        )
        return self._db.execute(query, (name,)).fetchone() is not None

    def count(self) -> int:
        """Return how many files are known."""
        return int(self._db.execute("SELECT count(*) FROM files").fetchone()[0])

    def of_files(self) -> str:
        """Return a sentence for files of which less is known than of others, else ""."""
        return of_files(self._db)

    def catalogue(self, scan: Scan, known: Mapping[bytes, Stamped]) -> None:
        """Publish what a scan found: new files by name, changed ones as no more sure."""
        if not scan.changed and not scan.missing:
            return
        # The newest are read first, and full-text tables are written fastest in the order of ids.
        new = [(name, stamp.size) for name, stamp in scan.changed.items() if name not in known]
        changed = [(name,) for name in scan.changed if name in known]
        with self._transaction() as db:
            for name in scan.missing:
                self._forget(db, name)
            # Many rows at once take half of the time that a statement for each does.
            for start in range(0, len(new), _ROWS_AT_ONCE):
                part = new[start : start + _ROWS_AT_ONCE]
                rows = ", ".join(["(?, 0, 0, ?, 'listed')"] * len(part))
                db.execute(
                    f"INSERT INTO files(path, mtime_ns, ctime_ns, size, kind) VALUES {rows}",  # noqa: S608
                    [*chain.from_iterable(part)],
                )
            db.executemany(
                "UPDATE files SET sure = 0, mtime_ns = 0, ctime_ns = 0 "
                "WHERE path = ? AND (sure = 1 OR mtime_ns != 0)",
                changed,
            )

    def publish(self, batch: Iterable[Prepared]) -> None:
        """Publish what became of files."""
        batch = list(batch)
        with self._transaction() as db:
            rows = Rows(db, self._generations)
            for prepared in batch:
                self._publish(db, prepared, rows)
            rows.write()
            for generation in self._generations:
                self._lexicon.add(generation, (one.terms for one in batch))

    def needs_renewal(self) -> bool:
        """Tell whether so much is dead that the full-text tables are to be made anew."""
        if self.next_generation:
            return True
        dead = self._number("dead")
        return dead >= _FEWEST_DEAD and dead > _DEAD_SHARE * self._number("live")

    def begin_renewal(self) -> None:
        """Make the tables of the next generation, which from now on are written to as well."""
        if self.next_generation:
            return
        new = self.generation + 1
        with self._transaction() as db:
            drop_text(db, new)
            make_text(db, new)
            (last,) = db.execute("SELECT coalesce(max(id), 0) FROM files").fetchone()
            values = [("renewing", new), ("renewed_to", 0), ("renew_until", last)]
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)
        self.next_generation = new

    def to_renew(self, most: int) -> list[tuple[int, bytes, int, int]]:
        """Return id, name, size and `plain` of the next files to move; none at the end."""
        return self._db.execute(
            "SELECT id, path, size, plain FROM files WHERE id > ? AND id <= ? "
            "AND kind IN ('text', 'generated', 'minified', 'lock') ORDER BY id LIMIT ?",
            (self._number("renewed_to"), self._number("renew_until"), most),
        ).fetchall()

    def renew(self, batch: Sequence[tuple[int, Prepared]]) -> None:
        """Move files, given by the ids that they had, in the order of `to_renew`."""
        with self._transaction() as db:
            moved, rows = Rows(db, [self.next_generation]), Rows(db, self._generations)
            for ident, prepared in batch:
                known = self.known(prepared.name)
                if known is None or known.id != ident:
                    continue  # published since, and so in both generations
                if known.digest == prepared.digest and prepared.kind == known.kind:
                    moved.add_text(ident, prepared)
                else:
                    self._publish(db, prepared, rows)
            moved.write()
            rows.write()
            if batch:
                for generation in self._generations:
                    self._lexicon.add(generation, (prepared.terms for _, prepared in batch))
                self._set(db, "renewed_to", batch[-1][0])

    def end_renewal(self) -> None:
        """Read from the new generation, and remove the old one."""
        with self._transaction() as db:
            self._set(db, "generation", self.next_generation)
            self._set(db, "renewing", 0)
            self._set(db, "dead", 0)
            drop_text(db, self.generation)
            scatter(db)
        self.generation, self.next_generation = self.next_generation, 0

    def merge(self, pages: int = 200) -> bool:
        """Merge a little of the full-text tables; False where nothing is left to do."""
        before = self._db.total_changes
        with self._transaction() as db:
            for table in (f"text_{self.generation}", f"rest_{self.generation}"):
                db.execute(f"INSERT INTO {table}({table}, rank) VALUES ('merge', ?)", (pages,))  # noqa: S608
        return self._db.total_changes - before > 4

    def tidy(self) -> None:
        """Gather names, write what readers allow back to the database, and let a long log go."""
        with self._transaction() as db:
            gather(db)
        _, pages, written = self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if pages == written and pages > _MOST_LOG_PAGES:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @property
    def look_wait(self) -> float:
        """Seconds until `look_over` is due."""
        return self._look_over.wait

    def look_over(self) -> int:
        """Look whether the next rows are as they were written; return how many files are not.

        These are forgotten. Words that are not raise sqlite3.DatabaseError.
        """
        with self._transaction() as db:
            bad = [(ident,) for ident in self._look_over.look(self.generation)]
            for table, column in (("files", "id"), ("defs", "file"), ("refs", "file")):
                db.executemany(f"DELETE FROM {table} WHERE {column} = ?", bad)  # noqa: S608
        return len(bad)

    def _publish(self, db: sqlite3.Connection, prepared: Prepared, rows: Rows) -> None:
        rows.before(prepared.name)
        stamp = prepared.stamp
        if prepared.kind == "same":
            db.execute(
                "UPDATE files SET mtime_ns = ?, ctime_ns = ?, size = ?, sure = 1 "
                "WHERE path = ? AND kind != 'listed'",
                (stamp.mtime_ns, stamp.ctime_ns, stamp.size, prepared.name),
            )
            return
        if prepared.kind == "gone":
            self._forget(db, prepared.name)
            return
        ident = self._insert_file(db, prepared)
        rows.add(ident, prepared)
        count, each = len(prepared.rows), prepared.path_words.count(" ") + 1  # with its mark
        spaces = sum(body.count(" ") + symbols.count(" ") for body, symbols in prepared.rows)
        written = spaces + each * count
        self._added.update(live=count, rows_written=count, words_written=written)

    def _insert_file(self, db: sqlite3.Connection, prepared: Prepared) -> int:
        """Write a file's row and return its id: a new one, unless nothing is known but its name."""
        stamp = prepared.stamp
        sure = prepared.kind in _TEXTS or prepared.kind == "binary"
        row = (
            stamp.mtime_ns, stamp.ctime_ns, stamp.size, prepared.kind,
            prepared.language, prepared.digest, sure, prepared.vague, prepared.plain,
            prepared.chunks, sum_of(
                prepared.name, (prepared.kind, prepared.language), prepared.digest,
                prepared.vague, prepared.chunks, prepared.definitions, prepared.references,
            ),
        )  # fmt: skip
        query = "SELECT id FROM files WHERE path = ? AND kind = 'listed'"
        # A renewal moves by id, and must not come across what is written to both generations here.
        listed = None if self.next_generation else db.execute(query, (prepared.name,)).fetchone()
        if listed is not None:
            db.execute(
                "UPDATE files SET mtime_ns = ?, ctime_ns = ?, size = ?, kind = ?, language = ?,"
                " digest = ?, sure = ?, vague = ?, plain = ?, chunks = ?, sum = ? WHERE id = ?",
                (*row, listed[0]),
            )
            return int(listed[0])
        self._forget(db, prepared.name)
        ident = db.execute(
            "INSERT INTO files"
            "(mtime_ns, ctime_ns, size, kind, language, digest, sure, vague, plain, chunks, sum,"
            " path) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, prepared.name),
        ).lastrowid
        assert ident is not None
        return ident

    def _forget(self, db: sqlite3.Connection, name: bytes) -> None:
        row = db.execute("SELECT id, length(chunks) FROM files WHERE path = ?", (name,)).fetchone()
        if row is None:
            return
        for table, column in (("files", "id"), ("defs", "file"), ("refs", "file")):
            db.execute(f"DELETE FROM {table} WHERE {column} = ?", (row[0],))  # noqa: S608
        self._added["live"] -= row[1] // 8
        self._added["dead"] += row[1] // 8

    @property
    def _generations(self) -> list[int]:
        """Those that are written to."""
        return [self.generation, *filter(None, (self.next_generation,))]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        self._added.clear()
        try:
            yield db
            added = [(value, key) for key, value in self._added.items() if value]
            db.executemany("UPDATE meta SET value = value + ? WHERE key = ?", added)
            db.execute("COMMIT")
        except BaseException:
            self._lexicon.forget()
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _number(self, key: str) -> int:
        return int(self._value(key))

    def _value(self, key: str) -> float:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else 0

    @staticmethod
    def _set(db: sqlite3.Connection, key: str, value: int) -> None:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
