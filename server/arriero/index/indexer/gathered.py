"""Rows of many files, gathered to be written by a few statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from arriero.index.indexer.rows import Prepared
from arriero.index.schema import CHUNKS_OF_A_FILE
from arriero.index.thinning import mark


class Rows:
    """What files have beside their own rows, within a transaction of the owner.

    A statement for each file would take as long to begin as to do. Nothing is there until `write`.
    """

    def __init__(self, db: sqlite3.Connection, generations: Sequence[int]) -> None:
        """`db` is the writer's connection; full-text rows go to all of the generations."""
        self._db = db
        self._generations = generations
        self._names: set[bytes] = set()
        self._texts: list[tuple[int, str, str, str, str]] = []
        self._rests: list[tuple[int, str]] = []
        self._definitions: list[tuple[int, str, str, int, int, str]] = []
        self._references: list[tuple[int, bytes]] = []

    def before(self, name: bytes) -> None:
        """Write what there is of a file by now, which is about to be replaced or removed."""
        if name in self._names:
            self.write()
        self._names.add(name)

    def add(self, ident: int, prepared: Prepared) -> None:
        """Add all rows of a file."""
        self.add_text(ident, prepared)
        self._definitions += [(ident, *definition) for definition in prepared.definitions]
        if prepared.references:
            self._references.append((ident, prepared.references))

    def add_text(self, ident: int, prepared: Prepared) -> None:
        """Add the full-text rows of a file."""
        first, path = ident * CHUNKS_OF_A_FILE, prepared.path_words
        self._texts += [
            (first + at, body, path, symbols, mark(prepared.name, at))
            for at, (body, symbols) in enumerate(prepared.rows)
        ]
        if prepared.partial:
            self._rests.append((ident, prepared.terms))

    def write(self) -> None:
        """Write everything that was added. Raises sqlite3.Error."""
        self._texts.sort()  # full-text tables are written fastest in the order of ids
        self._rests.sort()
        for number in self._generations:
            columns = "rowid, words, path, symbols, mark"
            text = f"INSERT INTO text_{number}({columns}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - names
            self._db.executemany(text, self._texts)
            rest = f"INSERT INTO rest_{number}(rowid, words) VALUES (?, ?)"  # noqa: S608 - a number
            self._db.executemany(rest, self._rests)
        self._db.executemany("INSERT INTO defs VALUES (?, ?, ?, ?, ?, ?)", self._definitions)
        self._db.executemany("INSERT INTO refs VALUES (?, ?)", self._references)
        for rows in (self._names, self._texts, self._rests, self._definitions, self._references):
            rows.clear()
