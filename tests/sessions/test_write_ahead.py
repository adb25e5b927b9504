"""Two processes that begin a database's log at once both get it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest

from arriero.sessions import write_ahead
from arriero.sessions.write_ahead import log_ahead


def test_it_is_tried_again_for_some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = sqlite3.OperationalError("database is locked")
    db = Mock(spec=sqlite3.Connection)
    db.execute.side_effect = [locked, locked, None]
    log_ahead(db)
    assert db.execute.call_count == 3
    monkeypatch.setattr(write_ahead, "_SECONDS", 0.0)
    db.execute.side_effect = locked
    with pytest.raises(sqlite3.OperationalError):
        log_ahead(db)


def test_many_at_once(tmp_path: Path) -> None:
    def opened(path: Path) -> str:
        db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        try:
            log_ahead(db)
            db.execute("CREATE TABLE IF NOT EXISTS t (a)")
            return str(db.execute("PRAGMA journal_mode").fetchone()[0])
        finally:
            db.close()

    with ThreadPoolExecutor(4) as threads:
        for number in range(20):
            modes = threads.map(opened, [tmp_path / f"{number}.db"] * 4)
            assert set(modes) == {"wal"}
