"""Freed memory goes back to the system once runs have ended."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from arriero.daemon import heap

# Holes of 50 MB in all between blocks of the C library that stay, as SQLite leaves them.
_HOLES = """
import ctypes, os, sys
from arriero.daemon import heap

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

blocks = [bytes(os.urandom(1000)) * 20 for _ in range(3000)]
kept = blocks[::10]
del blocks
before = resident()
heap.give_back()
print(before - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_freed_memory_is_given_back() -> None:
    if heap._glibc() is None:
        pytest.skip("the C library is not glibc")
    told = subprocess.check_output([sys.executable, "-c", _HOLES], text=True)
    assert int(told) >= 30


async def test_it_is_given_back_when_runs_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    times = 0
    loop, happened = asyncio.get_running_loop(), asyncio.Event()

    def give_back() -> None:
        nonlocal times
        times += 1
        loop.call_soon_threadsafe(happened.set)

    monkeypatch.setattr(heap, "give_back", give_back)
    resting = heap.Heap(rest=0.01)
    resting.weigh(busy=True)
    resting.weigh(busy=False)
    resting.weigh(busy=False)  # one more has ended
    await asyncio.wait_for(happened.wait(), 10)
    await resting.aclose()
    assert times == 1


async def test_nothing_is_given_back_while_runs_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "give_back", lambda: pytest.fail("a run goes on"))
    resting = heap.Heap(rest=0)
    resting.weigh(busy=False)
    resting.weigh(busy=True)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await resting.aclose()
