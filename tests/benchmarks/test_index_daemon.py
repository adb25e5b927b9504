"""What an index costs the daemon: memory, and how long its loop is kept while one is made."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest
import pytest_asyncio

from benchmarks.index_bench import say
from benchmarks.index_trees import tree
from daemon.responsiveness import PATIENCE, Daemon

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_800)]

FOLDER = Path(os.environ.get("ARRIERO_BENCH_TREES") or tempfile.gettempdir())
FILES = 20_000
BASE_FILES = 100
MOST_MS = 10.0
QUERIES = ("parse header value", "read_config", "open socket", "Exception", "encode utf", "walk")


@dataclass(frozen=True)
class Used:
    """Megabytes of the daemon after the index was made and used, and its loop's worst callback."""

    megabytes: float
    busy: float
    where: str


@pytest_asyncio.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    made = Daemon(tmp_path)
    for folder in (made.state, made.cache):
        folder.mkdir()
    yield made


async def used(daemon: Daemon, root: Path, files: int) -> Used:
    """Open a tree in a daemon of its own, until it is indexed, and use the index."""
    daemon.root = root
    await daemon.start()
    try:
        client = daemon.editor.client
        await daemon.figures()
        while True:
            told = await client.request("arriero/index", {"wait": 30}, timeout=PATIENCE)
            (index,) = told["indexes"]
            if index["state"] == "ready" and index["done"] == index["files"] == files:
                break
        for number in range(200):
            query = f"{QUERIES[number % len(QUERIES)]} {number // 7}"
            await client.request("arriero/search", {"query": query}, timeout=PATIENCE)
            if number % 20 == 0:
                await client.request("arriero/map", {"words": query}, timeout=PATIENCE)
        worst = await daemon.figures()
        memory = psutil.Process(daemon._process.pid).memory_info()
        return Used((memory.rss - memory.shared) / 1e6, worst["busy"], worst["where"])
    finally:
        await daemon.stop()


async def test_memory_and_loop(daemon: Daemon) -> None:
    base = await used(daemon, tree(FOLDER / "tree100", BASE_FILES), BASE_FILES)
    large = await used(daemon, tree(FOLDER / f"tree{FILES // 1_000}k", FILES), FILES)
    growth = (large.megabytes - base.megabytes) / ((FILES - BASE_FILES) / 10_000)
    say(
        f"daemon: {base.megabytes:.1f} MB with {BASE_FILES} files, {large.megabytes:.1f} with "
        f"{FILES}: {growth:.1f} for 10,000; longest callback {large.busy:.1f} ms ({large.where})"
    )
    assert growth < 10
    assert large.busy < MOST_MS
