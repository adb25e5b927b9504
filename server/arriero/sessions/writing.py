"""What is written into the store beside the rows of one call: events, and ends that are owed."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence

from arriero.sessions.event_codec import encode
from arriero.sessions.events import EventBody, RunEnded
from arriero.sessions.owner import alive


def insert(
    db: sqlite3.Connection, session_id: str, run_id: str, at: float, body: EventBody, data: str
) -> int:
    """Store one event and return its number; the end of a run is noted at the run, too."""
    seq = db.execute(
        "INSERT INTO events (session_id, run_id, at, kind, data) VALUES (?, ?, ?, ?, ?)",
        (session_id, run_id, at, body.kind, data),
    ).lastrowid
    assert seq is not None
    if isinstance(body, RunEnded):
        db.execute("UPDATE runs SET stop_reason = ? WHERE id = ?", (body.stop_reason, run_id))
    return seq


def pay(db: sqlite3.Connection, owed: Sequence[tuple[str, str, EventBody]]) -> None:
    """Store what could not be stored when it happened."""
    for session_id, run_id, body in owed:
        if db.execute("SELECT 1 FROM sessions WHERE id = ?", (session_id,)).fetchone():
            insert(db, session_id, run_id, time.time(), body, json.dumps(encode(body)))


def end_interrupted_runs(db: sqlite3.Connection) -> None:
    """Store the ends of the runs that a dead process left open."""
    ended = RunEnded("interrupted", "The daemon ended during this run; ask again to go on.")
    db.execute("BEGIN IMMEDIATE")
    for run_id, session_id, owner in db.execute(
        "SELECT id, session_id, owner FROM runs WHERE stop_reason IS NULL"
    ).fetchall():
        if not alive(owner):
            insert(db, session_id, run_id, time.time(), ended, json.dumps(encode(ended)))
    db.execute("COMMIT")
