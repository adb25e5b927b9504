"""Workers that die or hang cost their batch, and never the indexer."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arriero.index.indexer import pool as module
from arriero.index.indexer.pool import Pool, Result
from arriero.index.indexer.rows import Job
from arriero.index.indexer.work import Batch

Inbox = queue.Queue[Callable[[], list[Result]]]
HANGS = "import time; time.sleep(600)"
DIES = "raise SystemExit(3)"


def batch(name: bytes) -> Batch:
    return Batch((Job(name, 0),))


@pytest.fixture
def inbox() -> Inbox:
    return queue.Queue()


@pytest.fixture
def pool(inbox: Inbox) -> Iterator[Pool]:
    pool = Pool(inbox.put, 1)
    yield pool
    pool.close()


def run_by(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(module, "_WORKER", (sys.executable, "-c", program))


def test_results_come_back(pool: Pool, inbox: Inbox, tmp_path: str) -> None:
    assert pool.submit("w", str(tmp_path), batch(b"a")) == []
    assert pool.submit("w", str(tmp_path), batch(b"b")) == []
    assert pool.busy
    assert not pool.room
    for name in (b"a", b"b"):
        (result,) = inbox.get(timeout=30)()
        assert result.prepared is not None
        assert [one.kind for one in result.prepared] == ["gone"]
        assert result.batch == batch(name)
    assert not pool.busy


def test_who_dies_gives_back_what_it_had_not_begun(
    pool: Pool, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_by(monkeypatch, "import sys; sys.stdin.buffer.read(200); raise SystemExit(3)")
    results = pool.submit("w", "/", batch(b"a" * 200))
    results += pool.submit("w", "/", batch(b"b" * 200))
    while len(results) < 2:
        results += inbox.get(timeout=30)()
    assert [result.prepared for result in results] in ([None, ()], [None, None])
    assert pool.room


def test_who_hangs_is_ended(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    run_by(monkeypatch, HANGS)
    monkeypatch.setattr(module, "_BATCH_SECONDS", 0.0)
    pool.submit("w", "/", batch(b"a"))
    (result,) = pool.check()
    assert result.prepared is None
    assert not pool.busy


def test_if_all_die_no_more_are_started_for_a_while(
    pool: Pool, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_by(monkeypatch, DIES)
    for _ in range(module._MOST_DEATHS):
        assert pool.room
        results = pool.submit("w", "/", batch(b"a"))
        while not results:
            results = inbox.get(timeout=30)()
    assert not pool.room
    assert pool.wait


def test_who_has_parsed_much_makes_room_for_another(
    pool: Pool, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 30)
    (tmp_path / "a.lua").write_text("local some = words\n")
    pids = []
    for _ in range(4):
        assert pool.room
        assert pool.submit("w", str(tmp_path), batch(b"a.lua")) == []
        (worker,) = pool._workers
        pids.append(worker.process.pid)
        results: list[Result] = []
        while not results:  # the end of a worker tells nothing
            results = inbox.get(timeout=30)()
        assert [one.kind for one in results[0].prepared or ()] == ["text"]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_who_has_nothing_to_do_is_ended(
    pool: Pool, inbox: Inbox, tmp_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.submit("w", str(tmp_path), batch(b"a"))
    inbox.get(timeout=30)()
    monkeypatch.setattr(module, "_IDLE_SECONDS", 0.0)
    assert pool.check() == []
    assert pool.wait is None
