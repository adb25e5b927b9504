"""From the rows of the store to the values that they stand for."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Sequence
from typing import Any

from arriero.sessions.event_codec import decode
from arriero.sessions.events import Event, Unknown
from arriero.sessions.session import RunSummary, Session

log = logging.getLogger(__name__)


def read_event(row: tuple[Any, ...]) -> Event:
    """Return the event of a row (seq, session_id, run_id, at, kind, data).

    One that cannot be read any more is `Unknown`, as are those that a newer version wrote: the rest
    of its session stays readable.
    """
    seq, session_id, run_id, at, kind, data = row
    try:
        body = decode(kind, json.loads(data))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        log.warning("event %s cannot be read: %s", seq, error)
        body = Unknown(kind, {})
    return Event(seq, session_id, run_id, at, body)


def read_session(db: sqlite3.Connection, row: tuple[Any, ...]) -> Session:
    """Return the session of a row of the table, with its runs in the order of their beginning."""
    session_id, folders, title, mode, model, provider, created_at, updated_at = row
    runs = db.execute(
        "SELECT id, label, stop_reason, started_at FROM runs WHERE session_id = ? ORDER BY rowid",
        (session_id,),
    )
    return Session(
        session_id,
        _folders(session_id, folders),
        title,
        mode,
        model,
        provider,
        created_at,
        updated_at,
        tuple(RunSummary(*run) for run in runs),
    )


def is_of(row: tuple[Any, ...], folders: Sequence[str]) -> bool:
    """Tell whether the session of a row of the table shares a folder with `folders`."""
    return not set(folders).isdisjoint(_folders(row[0], row[1]))


def _folders(session_id: str, text: str) -> tuple[str, ...]:
    try:
        return tuple(json.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
        log.warning("the folders of session %s cannot be read: %s", session_id, error)
        return ()
