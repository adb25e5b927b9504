"""The index against its peers in the same run: parsing alone, lstat, ripgrep.

The tree is the one of the installed packages; `ARRIERO_BENCH_TREE` names another one. Absolute
figures are printed (`-s`) and depend on the machine and its load; what is asserted are ratios.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import os
import random
import shutil
import statistics
import string
import subprocess
import sys
import sysconfig
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest

from arriero.index.client import IndexClient
from arriero.index.grep import Pattern, candidates, grep
from arriero.index.reader import Reader
from arriero.index.text import search_text
from arriero.workspace.confine import Confinement
from arriero.workspace.folderwatch import Changed
from index.harness import Disk, settle

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_200)]

TREE = os.environ.get("ARRIERO_BENCH_TREE") or sysconfig.get_paths()["purelib"]
ROUNDS = 7
TEXTS = ("text", "generated", "minified")


@dataclass(frozen=True)
class Built:
    """An index of the tree with trigrams, and what making it took."""

    disk: Disk
    files: int
    megabytes: float
    cpu_seconds: float
    peak_megabytes: dict[str, float]
    on_disk: float


def say(text: str) -> None:
    print(f"\n  {text}", flush=True)


def alternating(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Return the median seconds of two things, done in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, taken in ((ours, times[0]), (theirs, times[1])):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    disk = Disk(tmp_path_factory.mktemp("bench"))
    disk.root = os.path.realpath(TREE)
    disk.index.mkdir()
    order = {"do": "open", "root": disk.root, "folder": str(disk.index)}
    with subprocess.Popen(
        [sys.executable, "-m", "arriero.index.indexer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order | {"options": {"trigram_files": 1}}).encode() + b"\n")
        process.stdin.flush()
        for line in process.stdout:
            status = json.loads(line)
            if status["phase"] == "ready":
                break
        own = psutil.Process(process.pid)
        every = [own, *own.children()]
        cpu = sum(sum(one.cpu_times()[:2]) for one in every)
        peak = {one.cmdline()[-1].rpartition(".")[2]: peak_of(one.pid) for one in every}
        process.stdin.close()
    reader = Reader(disk.root, disk.index)
    with reader.read() as snapshot:
        sizes = [file.stamp.size for file in snapshot.all_files() if file.kind in TEXTS]
    reader.close()
    size = sum(entry.stat().st_size for entry in os.scandir(disk.index))
    return Built(disk, status["files"], sum(sizes) / 1e6, cpu, peak, size / sum(sizes))


def peak_of(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1e3
    return 0.0


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


def test_warm_to_validated(built: Built) -> None:
    """Opening and looking at every file is little more than looking at every file."""
    names = [os.path.join(folder, name) for folder, _, f in os.walk(built.disk.root) for name in f]

    def ours() -> None:
        build = built.disk.build()
        build.step()
        build.step()
        assert build.files == built.files
        build.close()

    def theirs() -> None:
        for name in names:
            os.lstat(name)

    settle_once = built.disk.build()
    settle(settle_once)  # what was racy when it was read is read again
    settle_once.close()
    mine, lstat = alternating(ours, theirs)
    say(f"warm: {mine * 1e3:.0f} ms for {built.files} files, lstat alone {lstat * 1e3:.0f} ms")
    assert mine < 40 * lstat


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


PATTERNS = {
    "rare": (Pattern("pneumonoultra", literal=True), 0.5),
    "word": (Pattern("get_terminal_size", literal=True), 1.0),
    "regex": (Pattern(r"def \w+_terminal_\w+\("), 1.0),
    "common": (Pattern("import", literal=True), 1.3),
}


@pytest.mark.parametrize("kind", PATTERNS)
def test_grep_against_ripgrep(built: Built, kind: str) -> None:
    program = shutil.which("rg")
    if program is None:
        pytest.skip("ripgrep, the peer, is not installed")
    pattern, most = PATTERNS[kind]
    root = built.disk.root
    fixed = ["--fixed-strings"] if pattern.literal else []
    command = [program, "--no-config", "--hidden", "--sort=path", "-n", *fixed, pattern.text, root]
    reader = Reader(root, built.disk.index)
    found = []

    def ours() -> None:
        with reader.read() as snapshot:
            paths = candidates(snapshot, pattern)
        found.append(grep(Confinement([root]), paths, pattern))

    def theirs() -> None:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)

    mine, rg = alternating(ours, theirs)
    reader.close()
    lines = sum(file.count for file in found[0].files)
    say(f"grep {kind}: {lines} lines, {mine * 1e3:.0f} ms, ripgrep {rg * 1e3:.0f} ms, "
        f"ratio {mine / rg:.2f}")  # fmt: skip
    assert mine < most * rg
