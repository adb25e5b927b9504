"""A process that ends although something in it never does."""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

DAEMON = """
import asyncio, threading
from arriero.cli import ending, serve

class Hub:
    stopping = asyncio.Event()

async def work():
    Hub.stopping.set()
    await serve._end_in_time(Hub)

ending.ENDING = 0.05
threading.Thread(target=threading.Event().wait).start()  # as one that reads from a dead disk
asyncio.run(work())
"""

# The hub's end waits for a thread, and that for ever, as where a run reads from a dead disk.
COMMAND = """
import asyncio, sys, threading
from arriero.__main__ import main
from arriero.cli import ending
from arriero.daemon.hub import Hub

async def close(self):
    print("closing", file=sys.stderr, flush=True)
    await asyncio.to_thread(threading.Event().wait)

Hub.close = close
ending.ENDING = 0.5
main()
"""


def test_a_thread_that_hangs_does_not_keep_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", DAEMON], timeout=60, check=False)
    assert done.returncode == 0


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("loop", ["auto", "asyncio"])
def test_a_gateway_ends(home: Path, work: Path, loop: str) -> None:
    with started("serve", "--port", "0", "--loop", loop, "-w", str(work)) as process:
        try:
            assert process.stderr is not None
            assert any("Ctrl-C ends it" in line for line in process.stderr)
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "closing" in told
    assert "something hangs" in told


@pytest.mark.skipif(find_spec("mcp_types") is None, reason="the package mcp is not installed")
def test_a_server_of_tools_ends_with_its_client(home: Path, work: Path) -> None:
    with started("mcp", "-w", str(work)) as process:
        try:
            _, told = process.communicate(timeout=60)  # which closes what it reads
        finally:
            process.kill()
    assert process.returncode == 0
    assert "closing" in told
