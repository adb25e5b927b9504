"""Conversations of one machine in SQLite; several processes may share the file.

A lease runs out by the machine's clock since it was started (`machine_clock`), as the time of day
may be set: neither does that free one that is held, nor hold one for longer.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from arriero.gateway import machine_clock
from arriero.gateway.conversations import ShelfFailed
from arriero.sessions.owner import alive, this_process
from arriero.sessions.write_ahead import log_ahead

T = TypeVar("T")

_TABLES = """
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, text TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS kept_at ON kept(at);
CREATE TABLE IF NOT EXISTS locks (
    key TEXT PRIMARY KEY, token TEXT NOT NULL, owner TEXT NOT NULL, until REAL NOT NULL
);
"""
_BOOT = "ALTER TABLE locks ADD COLUMN boot TEXT NOT NULL DEFAULT ''"
# A lock that nobody holds, of a key that no session has.
_CHECK = "INSERT OR REPLACE INTO locks (key, token, owner, until, boot) VALUES ('', '', '', 0, '')"
_LONGEST = 3600.0  # seconds; a lease that says more is of a boot that cannot be told from this one


class SqliteShelf:
    """See `Shelf`. What nobody used for `days` is forgotten.

    `clock` and `boot` are those of the machine (`machine_clock`).
    """

    kind = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        days: int = 30,
        clock: Callable[[], float] = machine_clock.seconds,
        boot: Callable[[], str] = machine_clock.boot,
    ) -> None:
        self._path = path
        self._days = days
        self._clock = clock
        self._boot = boot
        self._owner = this_process()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="arriero-conversations")
        self._db: sqlite3.Connection | None = None

    async def lock(self, key: str, token: str, lease: float) -> bool:
        """Take the lock of a key, also of a holder that died or let its lease run out."""

        def work(db: sqlite3.Connection) -> bool:
            now, boot = self._clock(), self._boot()
            row = db.execute(
                "SELECT token, owner, until, boot FROM locks WHERE key = ?", (key,)
            ).fetchone()
            if row is not None and row[0] != token:
                holds = row[3] == boot and now < row[2] <= now + _LONGEST
                if holds and alive(row[1]):
                    return False
            db.execute(
                "INSERT OR REPLACE INTO locks (key, token, owner, until, boot) "
                "VALUES (?, ?, ?, ?, ?)",
                (key, token, self._owner, now + lease, boot),
            )
            return True

        return await self._do(work)

    async def renew(self, key: str, token: str, lease: float) -> bool:
        """Go on holding a lock."""
        return await self._do(
            lambda db: (
                db.execute(
                    "UPDATE locks SET until = ? WHERE key = ? AND token = ?",
                    (self._clock() + lease, key, token),
                ).rowcount
                > 0
            )
        )

    async def unlock(self, key: str, token: str) -> None:
        """Give a lock back."""
        await self._do(
            lambda db: db.execute("DELETE FROM locks WHERE key = ? AND token = ?", (key, token))
        )

    async def read(self, key: str) -> str | None:
        """Return what is kept."""

        def work(db: sqlite3.Connection) -> str | None:
            row = db.execute("SELECT text FROM kept WHERE key = ?", (key,)).fetchone()
            return row[0] if row else None

        return await self._do(work)

    async def write(self, key: str, token: str, text: str) -> bool:
        """Keep a text, and forget what is older than `days`."""

        def work(db: sqlite3.Connection) -> bool:
            now = time.time()
            held = db.execute(
                "SELECT 1 FROM locks WHERE key = ? AND token = ?", (key, token)
            ).fetchone()
            if held is None:
                return False
            db.execute(
                "INSERT OR REPLACE INTO kept (key, text, at) VALUES (?, ?, ?)", (key, text, now)
            )
            db.execute("DELETE FROM kept WHERE at < ?", (now - self._days * 86_400,))
            return True

        return await self._do(work)

    async def count(self) -> int:
        """Return how many texts are kept."""
        return await self._do(lambda db: int(db.execute("SELECT count(*) FROM kept").fetchone()[0]))

    async def check(self) -> None:
        """Write something: a disk that can be read may be full."""
        await self._do(lambda db: db.execute(_CHECK))

    async def aclose(self) -> None:
        """Finish what is queued and close."""

        def close() -> None:
            if self._db is not None:
                self._db.close()
                self._db = None

        await asyncio.get_running_loop().run_in_executor(self._thread, close)
        self._thread.shutdown(wait=False)

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            try:
                self._path.chmod(0o600)
                db.execute("PRAGMA busy_timeout = 5000")
                log_ahead(db)
                db.execute("PRAGMA synchronous = NORMAL")
                db.executescript(_TABLES)
                _bring_up_to_date(db)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def transaction() -> T:
            try:
                db = self._open()
                db.execute("BEGIN IMMEDIATE")
                try:
                    result = work(db)
                except BaseException:
                    if db.in_transaction:  # SQLite takes some back by itself
                        db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
            except (sqlite3.Error, OSError) as error:
                raise ShelfFailed(
                    f"The conversations in {self._path} cannot be used ({error}); look at the "
                    "file and its disk."
                ) from error
            return result

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    """Add what the locks of an earlier version did not have."""
    db.execute("BEGIN IMMEDIATE")  # another process may do the same
    columns = [row[1] for row in db.execute("PRAGMA table_info(locks)")]
    if "boot" not in columns:
        db.execute(_BOOT)
    db.execute("COMMIT")
