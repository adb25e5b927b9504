"""Conversations on disk: sessions, runs and their events, in one SQLite database.

Everything runs in one thread that owns the connection, so that writes are in order and the event
loop never waits for the disk. With WAL a committed event survives the death of the process at any
moment; `append` returns after the commit, which is what "stored before it is shown" rests on. What
is damaged, removed or cannot be written is `database.py`'s part.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

from arriero import large_json
from arriero.sessions.database import Database
from arriero.sessions.event_codec import encode
from arriero.sessions.events import Applied, Event, EventBody, Rejected, RunEnded, Undone
from arriero.sessions.failure import StoreFailed
from arriero.sessions.owner import this_process
from arriero.sessions.reading import is_of, read_event, read_session
from arriero.sessions.session import Session, UnknownSession, earlier, new_id
from arriero.sessions.writing import end_interrupted_runs, insert, pay

__all__ = ["SessionStore", "StoreFailed"]

log = logging.getLogger(__name__)

_MOST_OWED = 1000
_PAY_EVERY = 1.0  # seconds between two attempts to store what could not be
_FACTS = (RunEnded, Applied, Rejected, Undone)  # they are so, whether stored or not

T = TypeVar("T")


class SessionStore:
    """The sessions of one user. All methods raise StoreFailed where disk or database fail.

    `say` is called in the event loop with each sentence on what became of the database.
    """

    def __init__(self, path: Path, say: Callable[[str], object] = lambda _: None) -> None:
        self._say = say
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="arriero-sessions")
        self._sentences: list[str] = []
        self._database = Database(path, end_interrupted_runs, self._sentences.append)
        # What has happened and could not be stored: it is with the next thing that can be.
        self._owed: list[tuple[str, str, EventBody]] = []
        self._paying: asyncio.Task[None] | None = None

    @property
    def path(self) -> Path:
        """The file that is in use."""
        return self._database.path

    async def open(self) -> None:
        """Open or create the database and end the runs that a dead daemon left open."""
        await self._do(self._database.open)

    async def close(self) -> None:
        """Finish what is queued and close."""
        if self._paying is not None:
            self._paying.cancel()
            await asyncio.wait([self._paying])
        if self._owed:
            with contextlib.suppress(StoreFailed):
                await self._write(lambda _: None)
        await self._do(self._database.close)
        self._thread.shutdown(wait=False)

    async def create(
        self, folders: Sequence[str], mode: str, *, title: str = "", session_id: str | None = None
    ) -> Session:
        """Make a new, empty session."""
        now = time.time()
        session_id = session_id or new_id("ses")

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO sessions (id, folders, title, mode, created_at, updated_at, touched) "
                "VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(touched), 0) + 1 FROM sessions))",
                (session_id, json.dumps(list(folders)), title, mode, now, now),
            )

        await self._write(work)
        return Session(session_id, tuple(folders), title, mode, None, None, now, now)

    async def get(self, session_id: str) -> Session:
        """Return a session with its runs; raises UnknownSession."""
        # An id of ours is ASCII, and SQLite takes no half of a surrogate pair.
        found = await self._select("WHERE id = ?", (session_id,)) if session_id.isascii() else []
        if not found:
            raise UnknownSession(
                f"There is no session '{session_id}': ask for the list of them, or begin a new one."
            )
        return found[0]

    async def sessions(
        self, folders: Sequence[str] | None = None, *, most: int = -1, used: bool = False
    ) -> list[Session]:
        """Return sessions, last used first: all, or those that share a folder with `folders`.

        At most so many, -1 for all of them; with `used` only those in which there was a run. The
        clock has no part in their order, nor in that of runs.
        """
        in_use = "WHERE EXISTS (SELECT 1 FROM runs WHERE session_id = sessions.id) " if used else ""
        return await self._select(f"{in_use}ORDER BY touched DESC", (), folders, most)

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
        kept = earlier(old, before)
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
                "ELSE title END, touched = (SELECT max(touched) + 1 FROM sessions) WHERE id = ?",
                (now, label, session_id),
            )

        await self._write(work)

    async def append(
        self, session_id: str, run_id: str, bodies: Sequence[EventBody]
    ) -> list[Event]:
        """Store events in order and return them once they are committed.

        What has happened to files, and the end of a run, is stored later if it cannot be now: as
        soon as anything can be again.
        """
        encoded = [(body, large_json.dumps(encode(body), allow_nan=True)) for body in bodies]

        def work(db: sqlite3.Connection) -> list[Event]:
            now = time.time()
            return [
                Event(
                    insert(db, session_id, run_id, now, body, data), session_id, run_id, now, body
                )
                for body, data in encoded
            ]

        try:
            return await self._write(work)
        except StoreFailed:
            if len(self._owed) < _MOST_OWED:
                happened = [body for body in bodies if isinstance(body, _FACTS)]
                self._owed += [(session_id, run_id, body) for body in happened]
            if self._owed and (self._paying is None or self._paying.done()):
                self._paying = asyncio.create_task(self._pay_later())
            raise

    async def events(self, session_id: str) -> list[Event]:
        """Return all events of a session, oldest first; raises UnknownSession."""
        await self.get(session_id)

        def work(db: sqlite3.Connection) -> list[Event]:
            rows = db.execute(
                "SELECT seq, session_id, run_id, at, kind, data FROM events "
                "WHERE session_id = ? ORDER BY seq",
                (session_id,),
            )
            return [read_event(row) for row in rows]

        return await self._read(work)

    async def run_session(self, run_id: str) -> str | None:
        """Return the id of the session that a run belongs to."""

        def work(db: sqlite3.Connection) -> str | None:
            row = db.execute("SELECT session_id FROM runs WHERE id = ?", (run_id,)).fetchone()
            return row[0] if row else None

        return await self._read(work) if run_id.isascii() else None

    # -- the thread that owns the connection

    async def _select(
        self,
        where: str,
        values: tuple[str, ...],
        folders: Sequence[str] | None = None,
        most: int = -1,
    ) -> list[Session]:
        def work(db: sqlite3.Connection) -> list[Session]:
            columns = "id, folders, title, mode, model, provider, created_at, updated_at"
            rows = db.execute(f"SELECT {columns} FROM sessions {where}", values).fetchall()  # noqa: S608 - both are constants
            wanted = (row for row in rows if folders is None or is_of(row, folders))
            # Before what belongs to each is read: there may be thousands, of other folders.
            return [read_session(db, row) for row in islice(wanted, most if most >= 0 else None)]

        return await self._read(work)

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._do(lambda: self._database.read(work))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def writing() -> T:
            owed = list(self._owed)

            def both(db: sqlite3.Connection) -> T:
                pay(db, owed)
                return work(db)

            result = self._database.write(both)
            del self._owed[: len(owed)]
            return result

        return await self._do(writing)

    async def _pay_later(self) -> None:
        while self._owed:
            await asyncio.sleep(_PAY_EVERY)
            with contextlib.suppress(StoreFailed):
                await self._write(lambda _: None)

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            while self._sentences:
                sentence = self._sentences.pop(0)
                log.warning("%s", sentence)
                self._say(sentence)
