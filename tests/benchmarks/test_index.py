"""The index of real files: how fast it is made, how soon a change is found, and ranked search.

The tree is the one of the installed packages; `ARRIERO_BENCH_TREE` names another one. Absolute
figures are printed (`-s`) and depend on the machine and its load; what is asserted are ratios.
`test_index_trees.py` has what depends on how large a tree is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import string
import sysconfig
import time
from pathlib import Path

import pytest

from arriero.index.client import IndexClient
from arriero.index.extract.grammars import Grammar, grammar
from arriero.index.extract.parse import TooMuchWork, captures
from arriero.index.languages import language_of, most_bytes, nature_of
from arriero.index.reader import Reader
from arriero.index.text import search_text
from arriero.workspace.folderwatch import Changed
from benchmarks.index_bench import Built, build_index, say

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_200)]

ROUNDS = 3
LEAST_RATIO = 0.35  # with load 30 on two cores it was 0.5
TREE = os.environ.get("ARRIERO_BENCH_TREE") or sysconfig.get_paths()["purelib"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_index(TREE, tmp_path_factory.mktemp("bench"))


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="peaks are read from /proc")
def test_cold_build_against_parsing_alone(built: Built, tmp_path: Path) -> None:
    """A part of the same texts, only parsed and searched for symbols, tells the machine's speed.

    Where the build seems slow it is done once more: others may have been at work meanwhile.
    """
    texts = sources(Path(TREE), 3_000_000)
    ratios = []
    for attempt in range(ROUNDS):
        made = build_index(TREE, tmp_path / str(attempt)) if attempt else built
        floor = max(parsing_alone(texts) for _ in range(2))
        speed = made.megabytes / made.cpu_seconds
        ratios.append(speed / floor)
        say(
            f"cold: {made.files} files, {made.megabytes:.0f} MB, {made.cpu_seconds:.1f} cpu-s, "
            f"{speed:.2f} MB/cpu-s (parsing alone {floor:.2f}, ratio {speed / floor:.2f}); "
            f"peak MB {made.peak_megabytes}; on disk {made.on_disk:.2f} x"
        )
        assert sum(made.peak_megabytes.values()) < 200
        assert made.on_disk < 1.3
        if ratios[-1] > LEAST_RATIO:
            break
    assert max(ratios) > LEAST_RATIO


def sources(root: Path, most: int) -> list[tuple[bytes, Grammar]]:
    """Return texts with their grammars, some of all, `most` bytes in all."""
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    random.Random(1).shuffle(paths)
    found = []
    for path in paths:
        known = grammar(language_of(str(path)))
        if known is None or path.stat().st_size > most_bytes(str(path)):
            continue
        data = path.read_bytes()
        if b"\0" in data or nature_of(str(path), data.decode("utf-8", "replace")) != "source":
            continue
        found.append((data, known))
        most -= len(data)
        if most <= 0:
            break
    return found


def parsing_alone(texts: list[tuple[bytes, Grammar]]) -> float:
    """Return how many megabytes a second of the processor are parsed and searched for symbols."""
    began = time.process_time()
    for data, known in texts:
        with contextlib.suppress(TooMuchWork):
            captures(data, known)
    return sum(len(data) for data, _ in texts) / 1e6 / (time.process_time() - began)


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
    assert times[0] < 0.1  # the best of forty: a busy machine makes others slow


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
        began = time.perf_counter()
        index = client.open(os.path.realpath(root))
        assert await index.settled(120)
        cold = time.perf_counter() - began
        write()
        began = time.perf_counter()
        index.feed([Changed(os.path.realpath(path), "changed") for path in paths])
        assert await index.settled(120)
        took = time.perf_counter() - began
    finally:
        await client.close()
    say(f"branch switch: 2,000 files in {took:.1f} s; all of them from nothing in {cold:.1f} s")
    assert took < 4 * cold + 2


def test_ranked_search(built: Built) -> None:
    chance = random.Random(2)
    reader = Reader(built.disk.root, built.disk.index)
    times, own = [], []
    with reader.read() as snapshot:
        names = [name for (name,) in snapshot.db.execute("SELECT DISTINCT name FROM defs")]
        for _ in range(200):
            query = " ".join(chance.choices(names, k=chance.randint(1, 4)))
            rounds = []
            for _ in range(ROUNDS):  # the best of them: others may be at work
                began, busy = time.perf_counter(), time.thread_time()
                search_text(snapshot, query)
                rounds.append((time.perf_counter() - began, time.thread_time() - busy))
            times.append(min(clock for clock, _ in rounds))
            own.append(min(cpu for _, cpu in rounds))
    reader.close()
    times.sort()
    own.sort()
    say(
        f"ranked: p50 {times[100] * 1e3:.1f} ms, p95 {times[190] * 1e3:.1f} ms; "
        f"of the processor {own[100] * 1e3:.1f} and {own[190] * 1e3:.1f} ms"
    )
    assert own[190] < 0.1
