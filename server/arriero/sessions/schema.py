"""The tables of the session store, and how an older database becomes the newest."""

from __future__ import annotations

import sqlite3

# Each entry brings a database from the version that is its index to the next.
_MIGRATIONS = (
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        folders TEXT NOT NULL,
        title TEXT NOT NULL,
        mode TEXT NOT NULL,
        model TEXT,
        provider TEXT,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL
    );
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        owner TEXT NOT NULL,
        stop_reason TEXT,
        started_at REAL NOT NULL
    );
    CREATE INDEX runs_of_session ON runs(session_id);
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
        run_id TEXT NOT NULL,
        at REAL NOT NULL,
        kind TEXT NOT NULL,
        data TEXT NOT NULL
    );
    CREATE INDEX events_of_session ON events(session_id, seq);
    """,
)


class NewerDatabase(Exception):
    """The database was written by a newer version."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring a database to the newest version; raises NewerDatabase, sqlite3.Error."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(_MIGRATIONS):
        raise NewerDatabase(
            "The session database was written by a newer Arriero; update Arriero to read it."
        )
    for step in range(version, len(_MIGRATIONS)):
        db.executescript(f"BEGIN; {_MIGRATIONS[step]} PRAGMA user_version = {step + 1}; COMMIT;")
