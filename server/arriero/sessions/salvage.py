"""Copying what can be read of one database of conversations into another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_TOGETHER = 500  # rows that are read at once
_WIDEST = 1 << 20  # numbers that are left out at most where rows cannot be read, before giving up
_SESSIONS = ("id", "folders", "title", "mode", "model", "provider", "created_at", "updated_at")
_RUNS = ("id", "session_id", "label", "owner", "stop_reason", "started_at")
_EVENTS = ("seq", "session_id", "run_id", "at", "kind", "data")
_NOW = 0.0  # for what is not known; the event that follows tells more

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Salvaged:
    """What was copied; `whole` is False where something could not be read."""

    sessions: int
    events: int
    whole: bool


def copy(source: sqlite3.Connection, target: sqlite3.Connection) -> Salvaged:
    """Add to `target` what can be read of `source` and is not there yet.

    Rows are known by their ids, events by number, run and time. An event whose number was given to
    another one gets the next that is free; a session of which only events are left gets its place
    back without a title. Raises sqlite3.Error for a target that fails, in which nothing changes.
    """
    known = set(_column(target, "SELECT id FROM sessions"))
    reader = _Reader(source)
    target.execute("BEGIN IMMEDIATE")
    try:
        _sessions(reader, target)
        _runs(reader, target)
        added = _events(reader, target)
        found = set(_column(target, "SELECT id FROM sessions")) - known
        target.execute("COMMIT")
    except BaseException:
        if target.in_transaction:
            target.execute("ROLLBACK")
        raise
    return Salvaged(len(found), added, reader.whole)


class _Reader:
    """Reads the rows of a database that may be damaged; `whole` tells whether all was read."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.whole = True

    def rows(self, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
        """Yield what can be read, by rising row number; where a row cannot, the next is looked for.

        How far is leapt doubles with each failure in a row.
        """
        here, leap, most = -(1 << 62), 1, _TOGETHER
        names = ", ".join(columns)
        ask = f"SELECT rowid, {names} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608 - names from above
        while leap <= _WIDEST:
            try:
                found = self._db.execute(ask, (here, most)).fetchall()
            except (sqlite3.Error, UnicodeDecodeError, OverflowError):
                self.whole = False
                if most > 1:
                    most = 1
                    continue
                here, leap = max(here, 0) + leap, leap * 2
                continue
            further = [row for row in found if row[0] > here]
            if not further:
                return  # at the end, or in a circle of pages that point to each other
            yield from (row[1:] for row in further)
            here = max(row[0] for row in further)
            leap = 1
            most = min(_TOGETHER, most * 2)


def _sessions(reader: _Reader, target: sqlite3.Connection) -> None:
    for row in reader.rows("sessions", _SESSIONS):
        if not _is_session(row):
            reader.whole = False
            continue
        target.execute(
            "INSERT OR IGNORE INTO sessions"
            " (id, folders, title, mode, model, provider, created_at, updated_at, touched)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
            " (SELECT coalesce(max(touched), 0) + 1 FROM sessions))",
            row,
        )


def _runs(reader: _Reader, target: sqlite3.Connection) -> None:
    for row in reader.rows("runs", _RUNS):
        run_id, session_id, *texts, _stop, started = row
        if not _all(str, run_id, session_id, *texts) or not isinstance(started, (int, float)):
            reader.whole = False
            continue
        _place(target, session_id, started)
        target.execute(
            "INSERT INTO runs (id, session_id, label, owner, stop_reason, started_at)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET stop_reason = excluded.stop_reason"
            " WHERE stop_reason IS NULL",
            row,
        )


def _events(reader: _Reader, target: sqlite3.Connection) -> int:
    added = 0
    for row in reader.rows("events", _EVENTS):
        seq, session_id, run_id, at, kind, data = row
        if not _all(str, session_id, run_id, kind, data) or not _is_json(data):
            reader.whole = False
            continue
        there = target.execute(
            "SELECT session_id, run_id, at, kind FROM events WHERE seq = ?", (seq,)
        ).fetchone()
        if there == (session_id, run_id, at, kind):
            continue
        at = at if isinstance(at, float) else _NOW
        _place(target, session_id, at)
        values = (None if there else seq, session_id, run_id, at, kind, data)
        target.execute(
            "INSERT INTO events (seq, session_id, run_id, at, kind, data)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
        added += 1
    return added


def _place(target: sqlite3.Connection, session_id: str, at: float) -> None:
    """Make sure that there is such a session."""
    target.execute(
        "INSERT OR IGNORE INTO sessions (id, folders, title, mode, created_at, updated_at, touched)"
        " VALUES (?, '[]', '', 'agent', ?, ?,"
        " (SELECT coalesce(max(touched), 0) + 1 FROM sessions))",
        (session_id, at, at),
    )


def _is_session(row: Row) -> bool:
    session_id, folders, title, mode, _, _, created, updated = row
    if not _all(str, session_id, folders, title, mode) or not _is_json(folders):
        return False
    return isinstance(created, float) and isinstance(updated, float)


def _all(kind: type, *values: object) -> bool:
    return all(isinstance(value, kind) for value in values)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _column(db: sqlite3.Connection, ask: str) -> list[Any]:
    return [value for (value,) in db.execute(ask)]
