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
    # The order in which sessions were used, whatever the clock said: `touched` grows with each use.
    """
    ALTER TABLE sessions ADD COLUMN touched INTEGER NOT NULL DEFAULT 0;
    UPDATE sessions SET touched = (
        SELECT count(*) FROM sessions AS other
        WHERE (other.updated_at, other.rowid) <= (sessions.updated_at, sessions.rowid)
    );
    CREATE INDEX sessions_by_use ON sessions(touched);
    """,
)
VERSION = len(_MIGRATIONS)


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
    is_known(db)


def is_known(db: sqlite3.Connection) -> bool:
    """Tell whether the tables are those of the version that the database says it has.

    Raises sqlite3.Error where they can be seen not to be.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        return True  # another's business
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
    if version <= 0:
        return version == 0 and not tables
    for ask in (
        "SELECT id, folders, title, mode, model, provider, created_at, updated_at FROM sessions",
        "SELECT id, session_id, label, owner, stop_reason, started_at FROM runs",
        "SELECT seq, session_id, run_id, at, kind, data FROM events",
    ):
        db.execute(f"{ask} LIMIT 0")
    return True
