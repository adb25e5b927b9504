"""Workers that die or hang cost their batch, and never the indexer."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
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
    monkeypatch.setattr(module, "_BATCH_SECONDS", 0.2)
    pool.submit("w", "/", batch(b"a"))
    (result,) = after_waiting(pool, 20.0)
    assert result.prepared is None
    assert not pool.busy


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has used is not known")
def test_who_waits_for_the_processor_is_waited_for(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker gives way to all programs, and on a busy machine it is them who take its time."""
    run_by(monkeypatch, "while True: pass")
    monkeypatch.setattr(module, "_BATCH_SECONDS", 0.2)
    pool.submit("w", "/", batch(b"a"))
    (worker,) = pool._workers
    assert after_waiting(pool, 2.0) == []
    assert pool.busy
    os.kill(worker.process.pid, signal.SIGSTOP)
    (result,) = after_waiting(pool, 20.0)
    assert result.prepared is None


def after_waiting(pool: Pool, seconds: float) -> list[Result]:
    """Do what the indexer does while it waits for a worker."""
    deadline = time.monotonic() + seconds
    results: list[Result] = []
    while not results and time.monotonic() < deadline:
        time.sleep(min(pool.wait or 0.0, 0.1))
        results = pool.check()
    return results


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
