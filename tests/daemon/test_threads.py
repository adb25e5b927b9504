"""Threads for what blocks, where some of it never ends."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait

import pytest

from arriero.daemon.threads import Threads

LONG = 10.0  # seconds that a test waits for anything


class Bench:
    """Threads, and work for them that hangs until it is let go."""

    def __init__(self) -> None:
        self.threads = Threads(few=2, most=5, patience=0.01, idle=0.01)
        self.let_go = threading.Event()
        self.running = threading.Semaphore(0)

    def hang(self) -> Future[bool]:
        def work() -> bool:
            self.running.release()
            return self.let_go.wait(LONG)

        return self.threads.submit(work)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.let_go.set()
    made.threads.shutdown()


def test_what_hangs_does_not_hold_up_the_rest(bench: Bench) -> None:
    hanging = [bench.hang() for _ in range(4)]
    assert bench.threads.submit(sum, [1, 2]).result(LONG) == 3
    assert not any(future.done() for future in hanging)
    bench.let_go.set()
    assert [future.result(LONG) for future in hanging] == [True] * 4
    assert bench.threads.submit(max, [1, 2], key=lambda n: -n).result(LONG) == 1


def test_there_is_a_limit_and_nothing_is_lost(bench: Bench) -> None:
    hanging = [bench.hang() for _ in range(9)]
    for _ in range(5):
        assert bench.running.acquire(timeout=LONG)
    assert not bench.running.acquire(timeout=0.1)
    bench.let_go.set()
    assert [future.result(LONG) for future in hanging] == [True] * 9


def test_few_threads_are_taken_while_they_get_on(bench: Bench) -> None:
    threads = Threads(few=2, patience=LONG)
    seen = {threads.submit(threading.get_ident) for _ in range(200)}
    assert len({future.result(LONG) for future in seen}) <= 2
    threads.shutdown()


def test_a_system_without_threads(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError, match="no thread"):
        bench.threads.submit(int)
    monkeypatch.setattr(threading.Thread, "start", start)
    assert bench.threads.submit(int).result(LONG) == 0
    monkeypatch.setattr(threading.Thread, "start", refused)
    hanging = [bench.hang() for _ in range(4)]  # one at a time, but all of them
    bench.let_go.set()
    assert [future.result(LONG) for future in hanging] == [True] * 4


def test_errors_and_cancelled_work(bench: Bench) -> None:
    with pytest.raises(ZeroDivisionError):
        bench.threads.submit(lambda: 1 // 0).result(LONG)
    bench.hang(), bench.hang()
    waiting = bench.threads.submit(pytest.fail, "it was cancelled")
    assert waiting.cancel()
    bench.let_go.set()
    assert bench.threads.submit(int).result(LONG) == 0


def test_the_end(bench: Bench) -> None:
    hanging = [bench.hang() for _ in range(5)]
    for _ in hanging:
        assert bench.running.acquire(timeout=LONG)
    waiting = [bench.hang() for _ in range(3)]
    bench.threads.shutdown(wait=False, cancel_futures=True)
    assert all(future.cancelled() for future in waiting)
    with pytest.raises(RuntimeError):
        bench.threads.submit(int)
    bench.let_go.set()
    assert wait(hanging, LONG).not_done == set()
    bench.threads.shutdown()


def test_what_is_under_way_comes_to_its_end_if_it_does_soon(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = Threads(few=1)
    done = [threads.submit(time.sleep, 0.02) for _ in range(2)]
    threads.shutdown()
    assert all(future.done() for future in done)
    monkeypatch.setattr("arriero.daemon.threads._PARTING", 0.02)
    hanging = bench.hang()
    assert bench.running.acquire(timeout=LONG)
    bench.threads.shutdown()
    assert not hanging.done()


def test_nothing_that_hangs_holds_up_the_end_of_the_process(bench: Bench) -> None:
    assert bench.threads.submit(threading.current_thread).result(LONG).daemon


def test_those_that_relieved_others_end_when_there_is_nothing_to_do(bench: Bench) -> None:
    before = set(threading.enumerate())
    hanging = [bench.hang() for _ in range(5)]
    for _ in hanging:
        assert bench.running.acquire(timeout=LONG)
    bench.let_go.set()
    assert wait(hanging, LONG).not_done == set()
    while len(left := set(threading.enumerate()) - before) > 2:
        time.sleep(0.005)
    time.sleep(0.05)
    assert len(left & set(threading.enumerate())) == 2


def test_who_waits_is_patient_at_first(bench: Bench) -> None:
    threads = Threads(few=1, patience=LONG)
    hanging = threads.submit(bench.let_go.wait, LONG)
    waiting = threads.submit(threading.get_ident)
    time.sleep(0.03)
    assert not waiting.done()
    bench.let_go.set()
    assert hanging.result(LONG)
    assert waiting.result(LONG)
    threads.shutdown()


def test_others_are_relieved_as_often_as_they_hang(bench: Bench) -> None:
    for _ in range(3):
        hanging = [bench.hang() for _ in range(4)]
        for _ in hanging:
            assert bench.running.acquire(timeout=LONG)
        bench.let_go.set()
        assert wait(hanging, LONG).not_done == set()
        bench.let_go = threading.Event()
    bench.let_go.set()


def test_an_event_loop_works_with_them() -> None:
    async def work() -> list[int]:
        asyncio.get_running_loop().set_default_executor(Threads())
        return await asyncio.gather(*(asyncio.to_thread(pow, n, 2) for n in range(50)))

    assert asyncio.run(work()) == [n * n for n in range(50)]
