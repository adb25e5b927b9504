"""The definitions of a name or of its beginning, the first ones by path, however many there are."""

from __future__ import annotations

from arriero.index.reader import Snapshot

Row = tuple[bytes, str, str, int, int, str]
"""Stored path, name, kind, first and last line, and what it is in."""

_MOST_NAMED = 400  # definitions, about, of the names with a beginning that are looked at
_MANY = 1_500  # definitions: more are not put in order, but come upon in the order of files
_COLUMNS = "SELECT f.path, d.name, d.kind, d.line, d.end_line, d.container "
_ORDERED = "ORDER BY f.path, d.line, d.rowid LIMIT ?"
_BETWEEN = "FROM defs WHERE name >= ? COLLATE NOCASE AND name <= ? COLLATE NOCASE"
_BY_NAME = (
    f"{_COLUMNS}FROM defs AS d INDEXED BY defs_by_name JOIN files AS f ON f.id = d.file "
    f"WHERE d.name = ?1 COLLATE NOCASE AND d.name = ?1 {_ORDERED}2"
)
_BY_FILE = (
    f"{_COLUMNS}FROM files AS f CROSS JOIN defs AS d INDEXED BY defs_of_file ON d.file = f.id "
    f"WHERE d.name = ?1 {_ORDERED}2"
)


def first_by_path(snapshot: Snapshot, name: str, most: int) -> list[Row]:
    """Return the first `most` definitions of a name as it is written, by path and line."""
    query = "SELECT count(*) FROM defs WHERE name = ?1 COLLATE NOCASE AND name = ?1"
    (count,) = snapshot.db.execute(query, (name,)).fetchone()
    # What is in the first files is found by going through these, if there is enough of it.
    query = _BY_FILE if count > max(_MANY, most) else _BY_NAME
    return snapshot.db.execute(query, (name, most)).fetchall()


def defining(snapshot: Snapshot, name: str, most: int, *, exact: bool) -> list[Row]:
    """Return at most `most` definitions of a name in any case, or of what begins so.

    As it is written comes first, then short names, each by path.
    """
    last = name if exact else _last_looked_at(snapshot, name)
    query = f"SELECT DISTINCT name {_BETWEEN}"
    names = [one for (one,) in snapshot.db.execute(query, (name, last))]
    found: list[Row] = []
    for one in sorted(names, key=lambda one: (one != name, len(one), one)):
        found += first_by_path(snapshot, one, most - len(found))
        if len(found) == most:
            break
    return found


def more_define(snapshot: Snapshot, name: str, most: int) -> bool:
    """Tell whether more than `most` are defined under a name, in any case."""
    query = "SELECT count(*) FROM (SELECT 1 FROM defs WHERE name = ? COLLATE NOCASE LIMIT ?)"
    count: int = snapshot.db.execute(query, (name, most + 1)).fetchone()[0]
    return count > most


def _last_looked_at(snapshot: Snapshot, beginning: str) -> str:
    """Return the name up to which, from a beginning on, there are enough definitions."""
    end = beginning + "\U0010ffff"
    counts = snapshot.db.execute(
        f"SELECT name, count(*) {_BETWEEN} "
        "GROUP BY name COLLATE NOCASE ORDER BY name COLLATE NOCASE",
        (beginning, end),
    )
    so_far = 0
    for name, count in counts:
        so_far += count
        if so_far >= _MOST_NAMED:
            return str(name)
    return end
