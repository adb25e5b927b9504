"""A process that ends although something in it never does."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio, threading
from arriero.cli import serve

class Hub:
    stopping = asyncio.Event()

async def work():
    Hub.stopping.set()
    await serve._end_in_time(Hub)

serve._ENDING = 0.05
threading.Thread(target=threading.Event().wait).start()  # as one that reads from a dead disk
asyncio.run(work())
"""


def test_a_thread_that_hangs_does_not_keep_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], timeout=60, check=False)
    assert done.returncode == 0
