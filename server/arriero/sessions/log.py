"""Reading what the session store holds beside it: the runs of all processes that write to it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from arriero.sessions.database import file_place
from arriero.sessions.events import Event
from arriero.sessions.reading import read_event

T = TypeVar("T")


@dataclass(frozen=True)
class RunRow:
    """One run in a list. `stop_reason` is None while it goes on; times are Unix seconds."""

    run_id: str
    session_id: str
    label: str
    stop_reason: str | None
    started_at: float
    folders: tuple[str, ...]


class SessionLog:
    """A reader of the store at `path`; without one all is empty. Raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="arriero-session-log")
        self._db: sqlite3.Connection | None = None
        self._place: tuple[int, int] | None = None

    async def newest(self) -> int:
        """Return the number of the last event; what it is grown by was added since."""
        return await self._do(
            lambda db: int(db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]), 0
        )

    async def runs(self, most: int) -> list[RunRow]:
        """Return the newest runs, newest first."""

        def work(db: sqlite3.Connection) -> list[RunRow]:
            rows = db.execute(
                "SELECT r.id, r.session_id, r.label, r.stop_reason, r.started_at, s.folders "
                "FROM runs r JOIN sessions s ON s.id = r.session_id "
                "ORDER BY r.rowid DESC LIMIT ?",
                (most,),
            )
            return [_run(row) for row in rows]

        return await self._do(work, [])

    async def run(self, run_id: str) -> RunRow | None:
        """Return one run; None if there is none of this id."""

        def work(db: sqlite3.Connection) -> RunRow | None:
            row = db.execute(
                "SELECT r.id, r.session_id, r.label, r.stop_reason, r.started_at, s.folders "
                "FROM runs r JOIN sessions s ON s.id = r.session_id WHERE r.id = ?",
                (run_id,),
            ).fetchone()
            return _run(row) if row else None

        return await self._do(work, None)

    async def events(self, session_id: str, run_id: str, after: int = 0) -> list[Event]:
        """Return the events of one run, oldest first, from the one behind `after` on."""

        def work(db: sqlite3.Connection) -> list[Event]:
            rows = db.execute(
                "SELECT seq, session_id, run_id, at, kind, data FROM events "
                "WHERE session_id = ? AND seq > ? AND run_id = ? ORDER BY seq",
                (session_id, after, run_id),
            )
            return [read_event(row) for row in rows]

        return await self._do(work, [])

    async def recent(self, kinds: Sequence[str], most: int, among: int = 20_000) -> list[Event]:
        """Return the newest events of these kinds, newest first, of the last `among` of all."""

        def work(db: sqlite3.Connection) -> list[Event]:
            marks = ", ".join("?" * len(kinds))
            rows = db.execute(
                "SELECT seq, session_id, run_id, at, kind, data FROM events "  # noqa: S608 - marks
                "WHERE seq > (SELECT coalesce(max(seq), 0) FROM events) - ? "
                f"AND kind IN ({marks}) ORDER BY seq DESC LIMIT ?",
                (among, *kinds, most),
            )
            return [read_event(row) for row in rows]

        return await self._do(work, [])

    async def aclose(self) -> None:
        """Close the database."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    async def _do(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        def reading() -> T:
            place = file_place(self._path)
            if place != self._place:  # it was mended, or removed, since the last look
                self._close()
            self._place = place
            if self._db is None:
                if place is None:
                    return nothing
                self._db = sqlite3.connect(
                    f"{self._path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
                )
            return work(self._db)

        return await asyncio.get_running_loop().run_in_executor(self._thread, reading)


def _run(row: tuple[Any, ...]) -> RunRow:
    run_id, session_id, label, stop_reason, started_at, folders = row
    return RunRow(run_id, session_id, label, stop_reason, started_at, tuple(json.loads(folders)))
