"""A process of the index as the daemon sees it end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

import pytest

from arriero.index import child

LAST_WORDS = """
import os, sys
sys.stdin.read()
parent = os.getpid()
if not os.fork():  # a worker, which ends after the process itself
    while os.getppid() == parent:
        pass
    print("last words", file=sys.stderr)
"""


async def test_what_a_process_says_at_its_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    process = await child.start((sys.executable, "-c", LAST_WORDS), 1 << 10)
    async with child.attended(process, "indexer"):
        pass
    assert process.returncode == 0
    assert "indexer: last words" in caplog.text


async def test_who_holds_the_pipes_of_a_process_that_ended_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child, "_END_SECONDS", 0.1)
    command = ("sh", "-c", "sleep 600 & echo $!; exec sleep 600")
    process = await child.start(command, 1 << 10)
    assert process.stdout is not None
    worker = int(await process.stdout.readline())

    async def attend() -> None:
        async with child.attended(process, "indexer"):
            pass

    try:
        await asyncio.wait_for(attend(), 30)
    finally:
        os.kill(worker, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert process.stderr is not None
    assert await process.stdout.read() + await process.stderr.read() == b""  # they are closed now
