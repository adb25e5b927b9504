"""What the benchmarks of the index share: building it in its own process, and fair clocks."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]

from arriero.index.grep import GrepFile
from arriero.index.paths import DATABASE
from arriero.index.reader import Reader
from index.harness import Disk

ROUNDS = 7
_TEXTS = ("text", "generated", "minified")
_MOST_SECONDS = 900.0


@dataclass(frozen=True)
class Built:
    """An index of a tree, and what making it took: processor seconds of the indexer and its worker.

    `megabytes` are the texts, `on_disk` is the index's size as a multiple of theirs, and
    `peak_megabytes` the most memory that each process had. `catalogued` are the seconds on the
    clock until the files were known, from the start of the process on.
    """

    disk: Disk
    files: int
    megabytes: float
    cpu_seconds: float
    peak_megabytes: dict[str, float]
    on_disk: float
    catalogued: float


@dataclass(frozen=True)
class Spent:
    """The least that something took: seconds on the clock, and of processors, children's too.

    What else is at work on the machine makes a round slower, never faster.
    """

    clock: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.clock * 1e3:.1f} ms ({self.cpu * 1e3:.1f} of processors)"


def say(text: str) -> None:
    print(f"\n  {text}", flush=True)


def build_index(root: str | Path, folder: Path, *, ranked: bool = False, **options: int) -> Built:
    """Build an index from nothing; with `ranked`, until the ranks are worked out as well."""
    disk = Disk(folder)
    disk.root = os.path.realpath(root)
    disk.index.mkdir()
    order = {"do": "open", "root": disk.root, "folder": str(disk.index), "options": options}
    began = time.monotonic()
    catalogued = 0.0
    with subprocess.Popen(
        [sys.executable, "-m", "arriero.index.indexer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        own = psutil.Process(process.pid)
        peak: dict[str, float] = {}
        for line in process.stdout:  # each 0.2 seconds
            _note_peaks([own, *own.children()], peak)
            status = json.loads(line)
            if not catalogued and status["phase"] in ("building", "ready"):
                catalogued = time.monotonic() - began
            if status["phase"] == "ready":
                break
        if ranked:
            _await_ranks(disk.index / DATABASE)
        every = [own, *own.children()]
        cpu = sum(sum(one.cpu_times()[:4]) for one in every)  # those of workers that ended as well
        process.stdin.close()
    reader = Reader(disk.root, disk.index)
    with reader.read() as snapshot:
        sizes = [file.stamp.size for file in snapshot.all_files() if file.kind in _TEXTS]
    reader.close()
    size = sum(entry.stat().st_size for entry in os.scandir(disk.index))
    return Built(
        disk, status["files"], sum(sizes) / 1e6, cpu, peak, size / sum(sizes), catalogued
    )  # fmt: skip


def alternating(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int = ROUNDS
) -> tuple[Spent, Spent]:
    """Do two things in turn, and return what each took at best."""
    spent: tuple[list[tuple[float, float]], ...] = ([], [])
    for _ in range(rounds):
        for work, taken in ((ours, spent[0]), (theirs, spent[1])):
            clock, cpu = time.perf_counter(), _cpu()
            work()
            taken.append((time.perf_counter() - clock, _cpu() - cpu))
    mine, others = (Spent(min(c for c, _ in one), min(p for _, p in one)) for one in spent)
    return mine, others


def written(file: GrepFile) -> bytes:
    """Return the lines of a file as ripgrep writes them."""
    pieces = [f"{file.path}:"] * (5 * file.count)
    pieces[1::5] = map(str, file.lines.numbers)
    pieces[2::5] = [":"] * file.count
    pieces[3::5] = file.lines.texts
    pieces[4::5] = ["\n"] * file.count
    return "".join(pieces).encode("utf-8", "surrogateescape")


def _cpu() -> float:
    mine, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def _await_ranks(database: Path) -> None:
    """They come after the files are ready, and nothing tells of it."""
    deadline = time.monotonic() + _MOST_SECONDS
    while time.monotonic() < deadline:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            query = "SELECT 1 FROM sqlite_master WHERE name = 'ranks_state'"
            if db.execute(query).fetchone() and db.execute("SELECT 1 FROM ranks_state").fetchone():
                return
        time.sleep(0.05)
    raise TimeoutError("the ranks did not come")


def _note_peaks(processes: Iterable[psutil.Process], peaks: dict[str, float]) -> None:
    """Take note of the most memory that each kind of process had."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, IndexError):
            kind = process.cmdline()[-1].rpartition(".")[2]
            peaks[kind] = max(peaks.get(kind, 0.0), _peak_of(process.pid))


def _peak_of(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1e3
    return 0.0
