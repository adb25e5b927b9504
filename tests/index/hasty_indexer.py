"""The indexer's process for tests of a whole day: what takes minutes there takes a second here.

Run as a program with the path of a file: as long as that is there, the disk is full.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from arriero.index.indexer import __main__ as program
from arriero.index.indexer import hold, knowledge, store
from arriero.index.indexer.store import Store

_HASTE: tuple[tuple[ModuleType, str, float], ...] = (
    (hold, "_RETRY_SECONDS", 0.3),
    (hold, "_LOCK_SECONDS", 0.1),
    (knowledge, "_PAUSE_SECONDS", 1.0),
    (store, "_FEWEST_DEAD", 200),
)
_NO_LIMIT = 1 << 30  # pages


def main(full: Path) -> None:
    for module, name, value in _HASTE:
        assert hasattr(module, name), name
        setattr(module, name, value)
    real = Store._transaction

    @contextmanager
    def transaction(self: Store) -> Iterator[sqlite3.Connection]:
        # A database that may not grow fails in the midst of writing, with what a full disk says.
        self._db.execute(f"PRAGMA max_page_count = {1 if full.exists() else _NO_LIMIT}")
        with real(self) as db:
            yield db
            if full.exists():  # what was written fitted into pages that were free
                raise sqlite3.OperationalError("database or disk is full")

    Store._transaction = transaction  # type: ignore[method-assign]
    program.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
