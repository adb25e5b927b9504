"""Conversations on disk: sessions, runs and their events, in one SQLite database.

Everything runs in one thread that owns the connection, so that writes are in order and the event
loop never waits for the disk. With WAL a committed event survives the death of the process at any
moment; `append` returns after the commit, which is what "stored before it is shown" rests on.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from arriero import large_json
from arriero.sessions.event_codec import decode, encode
from arriero.sessions.events import Event, EventBody, RunEnded
from arriero.sessions.owner import alive, this_process
from arriero.sessions.schema import migrate
from arriero.sessions.session import NoSuchRun, RunSummary, Session, UnknownSession, new_id

T = TypeVar("T")


class SessionStore:
    """The sessions of one user. Raises sqlite3.Error only for a disk or database that fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="arriero-sessions")
        self._db: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open or create the database and end the runs that a dead daemon left open."""
        await self._do(self._open)

    async def close(self) -> None:
        """Finish what is queued and close."""
        await self._do(self._close)
        self._thread.shutdown(wait=False)

    async def create(
        self, folders: Sequence[str], mode: str, *, title: str = "", session_id: str | None = None
    ) -> Session:
        """Make a new, empty session."""
        now = time.time()
        session_id = session_id or new_id("ses")

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO sessions (id, folders, title, mode, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (session_id, json.dumps(list(folders)), title, mode, now, now),
            )

        await self._write(work)
        return Session(session_id, tuple(folders), title, mode, None, None, now, now)

    async def get(self, session_id: str) -> Session:
        """Return a session with its runs; raises UnknownSession."""
        found = await self._select("WHERE id = ?", (session_id,))
        if not found:
            raise UnknownSession(
                f"There is no session '{session_id}': ask for the list of them, or begin a new one."
            )
        return found[0]

    async def sessions(self, folders: Sequence[str] | None = None) -> list[Session]:
        """Return sessions, newest first: all, or those that share a folder with `folders`."""
        found = await self._select("ORDER BY updated_at DESC", ())
        if folders is None:
            return found
        return [s for s in found if set(s.folders) & set(folders)]

    async def update(
        self,
        session_id: str,
        *,
        mode: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        title: str | None = None,
    ) -> None:
        """Change what is given and leave the rest."""
        values = {"mode": mode, "model": model, "provider": provider, "title": title}
        given = {name: value for name, value in values.items() if value is not None}

        def work(db: sqlite3.Connection) -> None:
            for name, value in given.items():
                db.execute(f"UPDATE sessions SET {name} = ? WHERE id = ?", (value, session_id))  # noqa: S608 - names from above

        await self._write(work)

    async def delete(self, session_id: str) -> bool:
        """Remove a session with all its events; False if there is none."""
        return await self._write(
            lambda db: db.execute("DELETE FROM sessions WHERE id = ?", (session_id,)).rowcount > 0
        )

    async def fork(self, session_id: str, before: str | None = None) -> Session:
        """Copy a session with its ended runs under new ids; raises UnknownSession.

        With `before`, a run of the session, only the runs that began earlier. Raises NoSuchRun.
        """
        old = await self.get(session_id)
        kept = _earlier(old, before)
        # A copy of nothing is named by its own first run.
        copy = await self.create(old.folders, old.mode, title=old.title if kept else "")
        runs = {run.run_id: new_id("run") for run in kept if run.stop_reason is not None}

        def work(db: sqlite3.Connection) -> None:
            for run_id, new_run in runs.items():
                db.execute(
                    "INSERT INTO runs (id, session_id, label, owner, stop_reason, started_at) "
                    "SELECT ?, ?, label, owner, stop_reason, started_at FROM runs WHERE id = ?",
                    (new_run, copy.session_id, run_id),
                )
                db.execute(
                    "INSERT INTO events (session_id, run_id, at, kind, data) "
                    "SELECT ?, ?, at, kind, data FROM events WHERE run_id = ? ORDER BY seq",
                    (copy.session_id, new_run, run_id),
                )

        await self._write(work)
        if old.model is not None:
            await self.update(copy.session_id, model=old.model, provider=old.provider)
        return await self.get(copy.session_id)

    async def start_run(self, session_id: str, run_id: str, label: str) -> None:
        """Record that a run begins."""
        now = time.time()

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO runs (id, session_id, label, owner, started_at) "
                "VALUES (?, ?, ?, ?, ?)",
                (run_id, session_id, label, this_process(), now),
            )
            db.execute(
                "UPDATE sessions SET updated_at = ?, title = CASE title WHEN '' THEN ? "
                "ELSE title END WHERE id = ?",
                (now, label, session_id),
            )

        await self._write(work)

    async def append(
        self, session_id: str, run_id: str, bodies: Sequence[EventBody]
    ) -> list[Event]:
        """Store events in order and return them once they are committed."""

        def work(db: sqlite3.Connection) -> list[Event]:
            now = time.time()
            stored = []
            for body, data in [
                (body, large_json.dumps(encode(body), allow_nan=True)) for body in bodies
            ]:
                seq = db.execute(
                    "INSERT INTO events (session_id, run_id, at, kind, data) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (session_id, run_id, now, body.kind, data),
                ).lastrowid
                assert seq is not None
                stored.append(Event(seq, session_id, run_id, now, body))
                if isinstance(body, RunEnded):
                    db.execute(
                        "UPDATE runs SET stop_reason = ? WHERE id = ?", (body.stop_reason, run_id)
                    )
            return stored

        return await self._write(work)

    async def events(self, session_id: str) -> list[Event]:
        """Return all events of a session, oldest first; raises UnknownSession."""
        await self.get(session_id)

        def work(db: sqlite3.Connection) -> list[Event]:
            rows = db.execute(
                "SELECT seq, run_id, at, kind, data FROM events WHERE session_id = ? ORDER BY seq",
                (session_id,),
            )
            return [
                Event(seq, session_id, run_id, at, decode(kind, json.loads(data)))
                for seq, run_id, at, kind, data in rows
            ]

        return await self._do(lambda: work(self._connection()))

    async def run_session(self, run_id: str) -> str | None:
        """Return the id of the session that a run belongs to."""

        def work() -> str | None:
            row = (
                self._connection()
                .execute("SELECT session_id FROM runs WHERE id = ?", (run_id,))
                .fetchone()
            )
            return row[0] if row else None

        return await self._do(work)

    # -- the thread that owns the connection

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            self._path.chmod(0o600)
            migrate(db)
            self._end_interrupted_runs(db)
        except BaseException:
            db.close()
            raise
        self._db = db

    def _end_interrupted_runs(self, db: sqlite3.Connection) -> None:
        ended = RunEnded("interrupted", "The daemon ended during this run; ask again to go on.")
        db.execute("BEGIN IMMEDIATE")
        for run_id, session_id, owner in db.execute(
            "SELECT id, session_id, owner FROM runs WHERE stop_reason IS NULL"
        ).fetchall():
            if alive(owner):
                continue
            db.execute(
                "INSERT INTO events (session_id, run_id, at, kind, data) VALUES (?, ?, ?, ?, ?)",
                (session_id, run_id, time.time(), ended.kind, json.dumps(encode(ended))),
            )
            db.execute("UPDATE runs SET stop_reason = ? WHERE id = ?", (ended.stop_reason, run_id))
        db.execute("COMMIT")

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _connection(self) -> sqlite3.Connection:
        assert self._db is not None, "the store is not open"
        return self._db

    async def _select(self, where: str, values: tuple[str, ...]) -> list[Session]:
        def work() -> list[Session]:
            db = self._connection()
            columns = "id, folders, title, mode, model, provider, created_at, updated_at"
            rows = db.execute(f"SELECT {columns} FROM sessions {where}", values).fetchall()  # noqa: S608 - both are constants
            return [_session(db, row) for row in rows]

        return await self._do(work)

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def transaction() -> T:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            return result

        return await self._do(transaction)

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _earlier(session: Session, before: str | None) -> Sequence[RunSummary]:
    if before is None:
        return session.runs
    for at, run in enumerate(session.runs):
        if run.run_id == before:
            return session.runs[:at]
    raise NoSuchRun(f"This session has no run '{before}': ask for the session, which lists them.")


def _session(db: sqlite3.Connection, row: tuple[Any, ...]) -> Session:
    session_id, folders, title, mode, model, provider, created_at, updated_at = row
    runs = db.execute(
        "SELECT id, label, stop_reason, started_at FROM runs "
        "WHERE session_id = ? ORDER BY started_at",
        (session_id,),
    )
    return Session(
        session_id,
        tuple(json.loads(folders)),
        title,
        mode,
        model,
        provider,
        created_at,
        updated_at,
        tuple(RunSummary(*run) for run in runs),
    )
