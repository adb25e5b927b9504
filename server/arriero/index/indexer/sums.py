"""Whether what lies in a database is what was written: sums of files' rows, and of words.

Disks change bits, and SQLite sees only what makes no sense to it. A file's sum is of all that was
stored for it but its times and size, which show by themselves: what differs is read again. Words
are in blocks of SQLite's full-text tables, whose sums are made when they are first looked at, and
forgotten by triggers whenever SQLite writes a block (`schema.make_text`).
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BEGIN = -(1 << 63)  # before every id
_SURE_KINDS = frozenset({"text", "generated", "minified", "lock", "binary"})

Definitions = Iterable[tuple[str, str, int, int, str]]


@dataclass(frozen=True)
class Compared:
    """What a look at some rows found: the last id that it came to, None at the end, and bad ids."""

    last: int | None
    bad: frozenset[int] = frozenset()


def sum_of(
    name: bytes,
    kinds: tuple[str, str],
    digest: bytes,
    vague: bool,
    chunks: bytes,
    definitions: Definitions,
    references: bytes,
) -> int:
    """Return the sum of what is stored for a file; `kinds` are its kind and its language."""
    shown = [f"{a}\0{b}\0{c}\0{d}\0{e}" for a, b, c, d, e in definitions]
    text = "\n".join([*kinds, str(int(vague)), *shown])
    rest = b"\0".join((name, digest, chunks, references))
    return zlib.crc32(rest, zlib.crc32(text.encode("utf-8", "surrogatepass")))


def compare_files(db: sqlite3.Connection, after: int, most: int) -> Compared:
    """Look at the next files by id, and at what belongs to ids between them.

    Raises sqlite3.Error, and sqlite3.DatabaseError where an index is not of its table.
    """
    rows = db.execute(_FILES, (after, most)).fetchall()
    last = rows[-1][0] if len(rows) == most else None
    span = (after, (1 << 63) - 1 if last is None else last)
    for index, query in _LOST.items():
        if db.execute(query, span).fetchone() is not None:
            raise sqlite3.DatabaseError(f"{index} is not of its table")
    definitions: dict[int, list[tuple[str, str, int, int, str]]] = {}
    for ident, *definition in db.execute(_DEFS, span):
        definitions.setdefault(ident, []).append(tuple(definition))
    references = dict(db.execute(_REFS, span).fetchall())
    bad = (definitions.keys() | references.keys()) - {row[0] for row in rows}
    bad.update(ident for (ident,) in db.execute(_UNNAMED, span))
    for ident, name, kind, language, digest, sure, vague, chunks, told in rows:
        mine, names = definitions.get(ident, []), references.get(ident, b"")
        if kind == "listed":
            whole = told == 0 and not mine and not names
        else:
            try:
                found = sum_of(name, (kind, language), digest, vague, chunks, mine, names)
            except (TypeError, ValueError):  # a number where there was a text
                found = None
            whole = found == told and (not sure or kind in _SURE_KINDS)
        if not whole:
            bad.add(ident)
    return Compared(last, frozenset(bad))


def compare_blocks(
    db: sqlite3.Connection, generation: int, part: int, after: int, most: int
) -> tuple[Compared, list[tuple[int, int]]]:
    """Look at the next blocks of words; return as well the sums of those that had none.

    `part` is a place in `blocks_of`. Raises sqlite3.Error.
    """
    table, column = blocks_of(generation)[part]
    if not _has_sums(db, table):
        return Compared(None), []
    rows = db.execute(
        f"SELECT d.id, d.{column}, s.sum FROM {table} d LEFT JOIN {table}_sums s ON s.id = d.id "  # noqa: S608
        "WHERE d.id > ? ORDER BY d.id LIMIT ?",
        (after, most),
    )
    bad: set[int] = set()
    new: list[tuple[int, int]] = []
    last, count = None, 0
    for ident, block, told in rows:
        last, count = ident, count + 1
        found = zlib.crc32(block if isinstance(block, bytes) else str(block).encode())
        if told is None:
            new.append((ident, found))
        elif told != found:
            bad.add(ident)
    return Compared(last if count == most else None, frozenset(bad)), new


def blocks_of(generation: int) -> tuple[tuple[str, str], ...]:
    """Return the tables that have blocks of words, each with its column for them."""
    return (
        (f"text_{generation}_data", "block"),
        (f"rest_{generation}_data", "block"),
        (f"lexicon_{generation}", "words"),
    )


def compare_all(db: sqlite3.Connection, generation: int, most: int = 500) -> Iterator[str]:
    """Look at everything; return a sentence for each part with something that is not as written."""
    at: int | None = BEGIN
    while at is not None:
        compared = compare_files(db, at, most)
        at = compared.last
        if compared.bad:
            yield f"rows of {len(compared.bad)} files are not as they were written"
    for part, (table, _) in enumerate(blocks_of(generation)):
        at = BEGIN
        while at is not None:
            compared, _ = compare_blocks(db, generation, part, at, most)
            at = compared.last
            if compared.bad:
                yield f"{table} is not as it was written"


def _has_sums(db: sqlite3.Connection, table: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return db.execute(query, (f"{table}_sums",)).fetchone() is not None


_FILES = (
    "SELECT id, path, kind, language, digest, sure, vague, chunks, sum FROM files "
    "WHERE id > ? ORDER BY id LIMIT ?"
)
_DEFS = (
    "SELECT file, name, kind, line, end_line, container FROM defs INDEXED BY defs_of_file "
    "WHERE file > ? AND file <= ? ORDER BY file, rowid"
)
_REFS = "SELECT file, names FROM refs WHERE file > ? AND file <= ?"
# Files that define what the table of names should have.
_UNNAMED = (
    "SELECT DISTINCT d.file FROM defs d INDEXED BY defs_of_file WHERE d.file > ? AND d.file <= "
    "min(?, (SELECT value FROM meta WHERE key = 'gathered_to')) AND NOT EXISTS "
    "(SELECT 1 FROM names x WHERE x.name = d.name)"
)
# Rows that their table has and an index has not, by the name of the index.
_LOST = {
    "defs_by_name": (
        "SELECT 1 FROM defs d INDEXED BY defs_of_file WHERE d.file > ? AND d.file <= ? AND NOT "
        "EXISTS (SELECT 1 FROM defs x INDEXED BY defs_by_name "
        "WHERE x.name = d.name COLLATE NOCASE AND x.rowid = d.rowid) LIMIT 1"
    ),
    "the index of paths": (
        "SELECT 1 FROM files f WHERE f.id > ? AND f.id <= ? AND NOT EXISTS "
        "(SELECT 1 FROM files x INDEXED BY sqlite_autoindex_files_1 "
        "WHERE x.path = f.path AND x.rowid = f.id) LIMIT 1"
    ),
}
