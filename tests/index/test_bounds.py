"""What no bound of the parser ends costs a worker, once, and it is told which file it was."""

from __future__ import annotations

import contextlib
import queue
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arriero.index.extract import parse
from arriero.index.extract.grammars import grammar
from arriero.index.indexer import pool as module
from arriero.index.indexer import store
from arriero.index.indexer.build import Build
from arriero.index.indexer.pool import Pool, Result
from arriero.index.indexer.rows import Job
from arriero.index.indexer.work import Batch
from arriero.index.paths import DATABASE
from index.harness import Disk, prepared, settle

ODD = b"odd.c"
BOUNDED = """
from arriero.index.indexer import bounds, worker
bounds.{} = {}
worker.main()
"""


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    disk = Disk(tmp_path)
    disk.write(ODD, "a => " * 1_000)
    disk.write("b.py", "def shear():\n    pass\n")
    return disk


def worked(build: Build, attempts: list[Job]) -> None:
    """Work as `settle` does, but no worker survives the odd file unless as plain text."""
    for _ in range(1_000):
        batch = build.next_batch()
        if batch is None:
            if build.wait != 0.0:
                return
            build.step()
            continue
        odd = [job for job in batch.jobs if job.name == ODD]
        attempts += odd
        if any(not job.plain for job in odd):
            build.failed(batch)
        else:
            build.publish(batch, prepared(build, batch))
    raise AssertionError("the work never ends")


def plain(disk: Disk) -> list[bytes]:
    with contextlib.closing(sqlite3.connect(disk.index / DATABASE)) as db:
        return [path for (path,) in db.execute("SELECT path FROM files WHERE plain = 1")]


def test_it_is_told_which_file_no_worker_survives(disk: Disk) -> None:
    build = disk.build()
    attempts: list[Job] = []
    worked(build, attempts)
    assert [job.plain for job in attempts] == [False, False, True]
    assert plain(disk) == [ODD]
    assert build.notice.startswith("odd.c: found by words only")
    build.close()
    again = disk.build()
    settle(again)
    assert again.notice.startswith("odd.c: found by words only")
    again.changed([(disk.write(ODD, "int shear(void) { return 1; }\n"), "changed")], 1)
    settle(again)
    assert (again.notice, plain(disk)) == ("", [])
    again.close()


def test_a_renewal_does_not_try_it_again(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_FEWEST_DEAD", 1)
    build = disk.build()
    worked(build, [])
    attempts: list[Job] = []
    present = build._hold.store
    assert present is not None
    present.begin_renewal()
    worked(build, attempts)
    assert [job.plain for job in attempts] == [True]
    assert (present.generation, plain(disk)) == (2, [ODD])
    build.close()


@pytest.fixture
def inbox() -> queue.Queue[Callable[[], list[Result]]]:
    return queue.Queue()


@pytest.fixture
def pool(inbox: queue.Queue[Callable[[], list[Result]]]) -> Iterator[Pool]:
    pool = Pool(inbox.put, 1)
    yield pool
    pool.close()


@pytest.mark.parametrize(
    ("bound", "value", "text"),
    [
        ("_SECONDS_OF_A_FILE", "0.2", "a =>\n" * 20_000),  # of which 2,000 take a second
        ("_MOST_DATA", "48 << 20", "x = [\n" + "  [1, 2, 3],\n" * 60_000 + "];\n"),
    ],
    ids=["time", "memory"],
)
def test_a_worker_ends_in_the_middle_of_a_step(
    pool: Pool,
    inbox: queue.Queue[Callable[[], list[Result]]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    bound: str,
    value: str,
    text: str,
) -> None:
    program = BOUNDED.format(bound, value)
    monkeypatch.setattr(module, "_WORKER", (sys.executable, "-c", program))
    name = "odd.c" if bound.startswith("_S") else "odd.ts"
    (tmp_path / name).write_text(text)
    assert pool.submit("w", str(tmp_path), Batch((Job(name.encode(), len(text)),))) == []
    (process,) = [worker.process for worker in pool._workers]
    (result,) = inbox.get(timeout=60)()
    assert result.prepared is None
    if bound.startswith("_S"):
        assert process.returncode == -signal.SIGPROF
    assert (
        pool.submit("w", str(tmp_path), Batch((Job(name.encode(), len(text), plain=True),))) == []
    )
    (result,) = inbox.get(timeout=60)()
    assert result.prepared is not None
    assert [one.kind for one in result.prepared] == ["text"]


def test_a_parser_that_keeps_much_is_ended_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "_MOST_DATA", 1 << 20)
    monkeypatch.setattr(parse, "_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(parse, "_LEAST_PROGRESS", 1 << 30)  # not by the amount of its work
    known = grammar("lua")
    assert known is not None
    with pytest.raises(parse.TooMuchWork):
        parse.captures(b"a+" * 50_000, known)
