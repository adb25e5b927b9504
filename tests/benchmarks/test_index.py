"""The index of real files: how fast it is made, how soon a change is found, and ranked search.

The tree is the one of the installed packages; `ARRIERO_BENCH_TREE` names another one. Absolute
figures are printed (`-s`) and depend on the machine and its load; what is asserted are ratios.
`test_index_trees.py` has what depends on how large a tree is.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import os
import random
import shutil
import string
import sysconfig
import time
import warnings
from pathlib import Path

import pytest

from arriero.index.client import IndexClient
from arriero.index.reader import Reader
from arriero.index.text import search_text
from arriero.workspace.folderwatch import Changed
from benchmarks.index_bench import Built, build_index, say

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_200)]

TREE = os.environ.get("ARRIERO_BENCH_TREE") or sysconfig.get_paths()["purelib"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_index(TREE, tmp_path_factory.mktemp("bench"), trigram_files=1)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="peaks are read from /proc")
def test_cold_build_against_parsing_alone(built: Built) -> None:
    """The standard library's parser is the yardstick for how fast the machine is now."""
    sample = sorted(Path(built.disk.root).rglob("*.py"))
    random.Random(1).shuffle(sample)
    texts = [path.read_bytes() for path in sample[:400]]
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in texts:
            with contextlib.suppress(SyntaxError, ValueError):
                ast.parse(text)
    yardstick = sum(map(len, texts)) / 1e6 / (time.process_time() - began)
    speed = built.megabytes / built.cpu_seconds
    say(
        f"cold: {built.files} files, {built.megabytes:.0f} MB, {built.cpu_seconds:.1f} cpu-s, "
        f"{speed:.2f} MB/cpu-s (parser alone {yardstick:.2f}, ratio {speed / yardstick:.2f}); "
        f"peak MB {built.peak_megabytes}; on disk {built.on_disk:.2f} x"
    )
    assert speed / yardstick > 0.25
    assert sum(built.peak_megabytes.values()) < 200
    assert built.on_disk < 1.3


async def test_a_saved_file_is_found(built: Built, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(Path(TREE) / "rich", root)
    client = IndexClient(tmp_path / "cache")
    word = "".join(random.Random(3).sample(string.ascii_lowercase * 2, 42))
    times = []
    try:
        index = client.open(os.path.realpath(root))
        assert await index.settled(120)
        files = sorted(root.rglob("*.py"))
        for number in range(40):
            path = files[number % len(files)]
            path.write_text(f"{path.read_text()}\nnuance{word[number : number + 3]} = 1\n")
            began = time.perf_counter()
            index.feed([Changed(os.path.realpath(path), "changed")])
            assert await index.settled(60)
            hits = await asyncio.to_thread(index.search_text, f"nuance{word[number : number + 3]}")
            times.append(time.perf_counter() - began)
            assert hits[0].path == os.path.realpath(path)
    finally:
        await client.close()
    times.sort()
    say(f"saved to found: p50 {times[20] * 1e3:.0f} ms, p95 {times[38] * 1e3:.0f} ms")
    assert times[20] < 0.1


async def test_a_branch_switch(tmp_path: Path) -> None:
    """2,000 files of 2 kB change at once."""
    root = tmp_path / "tree"
    chance = random.Random(5)
    paths = [root / f"package{number % 40}" / f"module{number}.py" for number in range(2_000)]

    def write() -> None:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            names = [f"name_{chance.randrange(10**6)}" for _ in range(20)]
            path.write_text(
                "".join(f"def {n}(argument):\n    return argument + 1\n\n\n" for n in names)
            )

    write()
    client = IndexClient(tmp_path / "cache")
    try:
        index = client.open(os.path.realpath(root))
        assert await index.settled(120)
        write()
        began = time.perf_counter()
        index.feed([Changed(os.path.realpath(path), "changed") for path in paths])
        assert await index.settled(120)
        took = time.perf_counter() - began
    finally:
        await client.close()
    say(f"branch switch: 2,000 files in {took:.1f} s")
    assert took < 20


def test_ranked_search(built: Built) -> None:
    chance = random.Random(2)
    reader = Reader(built.disk.root, built.disk.index)
    times, own = [], []
    with reader.read() as snapshot:
        names = [name for (name,) in snapshot.db.execute("SELECT DISTINCT name FROM defs")]
        for _ in range(200):
            query = " ".join(chance.choices(names, k=chance.randint(1, 4)))
            began, busy = time.perf_counter(), time.thread_time()
            search_text(snapshot, query)
            times.append(time.perf_counter() - began)
            own.append(time.thread_time() - busy)
    reader.close()
    times.sort()
    own.sort()
    say(
        f"ranked: p50 {times[100] * 1e3:.1f} ms, p95 {times[190] * 1e3:.1f} ms; "
        f"of the processor {own[100] * 1e3:.1f} and {own[190] * 1e3:.1f} ms"
    )
    assert own[190] < 0.1
