"""What is said of files that were not read as they should be."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from arriero.index import schema
from arriero.index.indexer.faults import of_files

FILES = 3_000


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database that knows many files, of which nothing is to be said."""
    made, _ = schema.open_for_writing(tmp_path)
    with contextlib.closing(made):
        made.execute("BEGIN")
        made.executemany(
            "INSERT INTO files(path, mtime_ns, ctime_ns, size, kind) VALUES (?, 0, 0, 0, 'text')",
            [(b"folder/%d.py" % number,) for number in range(FILES)],
        )
        made.execute("COMMIT")
        yield made


def test_nothing_to_say(db: sqlite3.Connection) -> None:
    assert of_files(db) == ""


@pytest.mark.parametrize(
    ("change", "begins"),
    [("plain = 1", "folder/{}.py and 2 more: found by"), ("kind = 'unreadable'", "folder/{}.py a")],
)
def test_the_first_by_its_path_is_named(db: sqlite3.Connection, change: str, begins: str) -> None:
    names = [b"folder/%d.py" % number for number in (2999, 30, 4)]
    db.executemany(f"UPDATE files SET {change} WHERE path = ?", [(name,) for name in names])
    first = os.fsdecode(min(names)).removeprefix("folder/").removesuffix(".py")
    assert of_files(db).startswith(begins.format(first))


def test_the_others_are_not_looked_at(db: sqlite3.Connection) -> None:
    """It is asked after each change: of very many files that would take longer than all else."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    db.execute("UPDATE files SET plain = 1 WHERE path = ?", (b"folder/7.py",))
    db.set_progress_handler(step, 1)
    of_files(db)
    assert 0 < steps < FILES / 10
