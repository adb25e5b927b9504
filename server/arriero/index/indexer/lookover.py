"""Looking over a whole database, a little at a time, while there is nothing else to do."""

from __future__ import annotations

import sqlite3
import time

from arriero.index.indexer.sums import BEGIN, blocks_of, compare_blocks, compare_files

_FIRST_SECONDS = 30.0  # after the database was opened
_PAUSE_SECONDS = 1.0  # from one look to the next
_AGAIN_SECONDS = 6 * 3_600.0  # from the end of a round to the next one
_FILES = 200  # of one look
_BLOCKS = 250  # of one look: 1 MB


class LookOver:
    """Where the round is. That lies in the database, so that short sessions get to its end too."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """`db` is the writer's connection. Raises sqlite3.Error."""
        self._db = db
        since = time.time() - self._number("looked_over")
        pause = _AGAIN_SECONDS - since if 0.0 <= since < _AGAIN_SECONDS else 0.0
        self._not_before = time.monotonic() + max(pause, _FIRST_SECONDS)

    @property
    def wait(self) -> float:
        """Seconds until the next look."""
        return max(self._not_before - time.monotonic(), 0.0)

    def look(self, generation: int) -> frozenset[int]:
        """Look at the next rows, within a transaction of the owner; return ids of files to mend.

        Raises sqlite3.DatabaseError where words are not as they were written: these are of many
        files at once.
        """
        part, after = self._number("looking_in"), self._number("looked_to", BEGIN)
        bad: frozenset[int] = frozenset()
        if not 0 <= part <= len(blocks_of(generation)):
            raise sqlite3.DatabaseError("where the look at everything is, is no place")
        if part == 0:
            compared = compare_files(self._db, after, _FILES)
            bad = compared.bad
        else:
            compared, new = compare_blocks(self._db, generation, part - 1, after, _BLOCKS)
            table, _ = blocks_of(generation)[part - 1]
            if compared.bad:
                raise sqlite3.DatabaseError(f"{table} is not as it was written")
            if new:
                self._db.executemany(f"INSERT INTO {table}_sums VALUES (?, ?)", new)  # noqa: S608
        self._go_on(part, compared.last, len(blocks_of(generation)))
        return bad

    def _go_on(self, part: int, last: int | None, parts: int) -> None:
        pause = _PAUSE_SECONDS
        at = (part, last) if last is not None else (part + 1, BEGIN)
        if at[0] > parts:
            at, pause = (0, BEGIN), _AGAIN_SECONDS
            self._set("looked_over", int(time.time()))
        self._set("looking_in", at[0])
        self._set("looked_to", at[1])
        self._not_before = time.monotonic() + pause

    def _number(self, key: str, default: int = 0) -> int:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return int(row[0]) if row else default

    def _set(self, key: str, value: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
