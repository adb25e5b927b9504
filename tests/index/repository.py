"""A git repository whose history a test writes, and an index's database beside it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterable
from pathlib import Path

from arriero.index.schema import open_for_writing


class Repository:
    """A work tree; each commit is a minute after the one before."""

    def __init__(self, folder: Path) -> None:
        self.root = str(folder)
        os.makedirs(folder, exist_ok=True)
        self._minutes = 0
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        self._minutes += 1
        at = f"{1_700_000_000 + 60 * self._minutes} +0000"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.root,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": at,
            "GIT_COMMITTER_DATE": at,
        }
        done = subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
            cwd=self.root, env=environment, check=True, capture_output=True, timeout=30,
        )  # fmt: skip
        return done.stdout.decode()

    def commit(self, subject: str, *names: str | bytes, amend: bool = False) -> None:
        """Change some files, each to a text of its own, and commit them."""
        for name in names:
            path = os.path.join(os.fsencode(self.root), os.fsencode(name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "ab") as file:
                file.write(b"%s in %d\n" % (os.fsencode(name), self._minutes))
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject, *(["--amend"] if amend else []))

    def rename(self, old: str, new: str) -> None:
        os.makedirs(os.path.dirname(os.path.join(self.root, new)), exist_ok=True)
        self.git("mv", old, new)
        self.git("commit", "-q", "-m", f"Rename {old}")


_left_open: list[sqlite3.Connection] = []


def database(folder: Path, names: Iterable[str | bytes] = ()) -> sqlite3.Connection:
    """Return an index that knows of some files and of nothing in them, until the test ends."""
    db, _ = open_for_writing(folder)
    _left_open.append(db)
    know(db, names)
    return db


def close_databases() -> None:
    """Close all of them: Python 3.13 complains of what is left open."""
    while _left_open:
        _left_open.pop().close()


def know(db: sqlite3.Connection, names: Iterable[str | bytes]) -> None:
    """Have exactly these files in the catalogue."""
    db.execute("DELETE FROM files")
    db.executemany(
        "INSERT INTO files(path, mtime_ns, ctime_ns, size, kind) VALUES (?, 0, 0, 0, 'text')",
        [(os.fsencode(name),) for name in names],
    )


def known_history(db: sqlite3.Connection) -> dict[str, object]:
    """Return all that is kept of a history, without numbers that depend on how it came about."""
    commits = dict(db.execute("SELECT id, hash FROM history_commits"))
    return {
        "commits": sorted(db.execute("SELECT hash, at, subject, files FROM history_commits")),
        "touched": sorted(
            (path, commits[entry])
            for path, entry in db.execute("SELECT path, entry FROM history_touched")
        ),
        "names": sorted(db.execute("SELECT old, now FROM history_names")),
        "last": sorted(db.execute("SELECT path, at FROM history_last")),
        "words": sorted(
            (commits[row], words)
            for row, words in db.execute("SELECT rowid, words FROM history_text")
        ),
    }
