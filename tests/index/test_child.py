"""A process of the index as the daemon sees it end."""

from __future__ import annotations

import logging
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
