"""What a person answered for good in a workspace: kept outside of it, and written by nobody else.

One SQLite file in the folder of the state, for the user alone (mode 0600). The model has no way to
it: only an answer to a question adds, and only the person takes back.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from arriero.settings.rules import Rule, Then, parse_rule

log = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds for another process that writes
_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'deny')),
  rule TEXT NOT NULL,
  at REAL NOT NULL,
  UNIQUE (workspace, rule)
)
"""


@dataclass(frozen=True)
class Answered:
    """One answer; `workspace` is the real path of its folder, `at` seconds since 1970."""

    number: int
    workspace: str
    rule: Rule
    at: float


class Remembered:
    """The answers in one file. All methods block; what cannot be read counts as nothing said."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seen: tuple[tuple[int, int, int], list[Answered]] | None = None

    def of(self, workspace: str) -> list[Answered]:
        """Return the answers for a workspace, the oldest first."""
        return [one for one in self.all() if one.workspace == workspace]

    def all(self) -> list[Answered]:
        """Return the answers for all workspaces, the oldest first."""
        stamp = self._stamp()
        if stamp is None:
            return []
        if self._seen is None or self._seen[0] != stamp:
            try:
                with self._open() as database:
                    rows = database.execute(
                        "SELECT number, workspace, verdict, rule, at FROM answers ORDER BY number"
                    ).fetchall()
            except (OSError, sqlite3.Error):
                log.exception("%s cannot be read: nothing counts as remembered", self.file)
                return []
            self._seen = (stamp, list(_answers(rows)))
        return list(self._seen[1])

    def add(self, workspace: str, then: Then, rules: Sequence[str]) -> bool:
        """Remember rules for a workspace; the newest answer counts. Tells whether it was kept."""
        rows = [(workspace, then, text, time.time()) for text in rules]
        try:
            with self._open() as database:
                database.executemany(
                    "INSERT OR REPLACE INTO answers (workspace, verdict, rule, at)"
                    " VALUES (?, ?, ?, ?)",
                    rows,
                )
        except (OSError, sqlite3.Error, UnicodeError):  # a folder's name may be no text
            log.exception("%s cannot be written: an answer is not remembered", self.file)
            return False
        finally:
            self._seen = None
        return True

    def revoke(self, numbers: Sequence[int] | None) -> list[int]:
        """Forget answers by their numbers, None: all; return those that there were.

        Raises OSError, sqlite3.Error.
        """
        found = [one.number for one in self.all() if numbers is None or one.number in numbers]
        if found:
            with self._open() as database:
                marks = [(number,) for number in found]
                database.executemany("DELETE FROM answers WHERE number = ?", marks)
            self._seen = None
        return found

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made before SQLite makes it, so that it never was readable for others.
        os.close(os.open(self.file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        database = sqlite3.connect(self.file, timeout=_PATIENCE)
        try:
            with database:
                database.execute(_TABLE)
                yield database
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._set_aside()
            raise
        finally:
            database.close()

    def _set_aside(self) -> None:
        """Put away a file that is damaged, so that new answers can be kept."""
        self.file.replace(self.file.with_suffix(".broken"))

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self.file.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino)


def _answers(rows: Sequence[tuple[int, str, str, str, float]]) -> Iterator[Answered]:
    for number, workspace, verdict, text, at in rows:
        then: Then = "allow" if verdict == "allow" else "deny"
        try:
            yield Answered(number, workspace, parse_rule(text, then), at)
        except ValueError:
            log.warning("a remembered answer cannot be read: %s", text)
