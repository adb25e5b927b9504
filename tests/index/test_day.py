"""A day of editing beside a real indexer, with everything that goes wrong in one.

Plain runs have some hundred events. `ARRIERO_TEST_SCALE=full` has five thousand of them, and `long`
a hundred thousand, which takes some twenty minutes, or forty on a busy machine.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest
import pytest_asyncio

from arriero.index import client as clients
from arriero.index import history
from arriero.index.client import IndexClient
from arriero.index.grep import Pattern
from arriero.index.indexer.work import Options
from arriero.index.paths import DATABASE
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.folderwatch import Changed
from index.harness import Disk, content, settle
from index.person import Person
from index.repository import known_history
from scale import by_scale

EVENTS = by_scale(300, full=5_000, long=100_000)
BETWEEN_KILLS = by_scale(100, full=1_000)
QUIET = EVENTS // 5  # the last events, without any kill: what grows shows then
LONG = 60.0
SMALL = Options(batch_files=20)
INDEXER = str(Path(__file__).with_name("hasty_indexer.py"))

pytestmark = pytest.mark.timeout(by_scale(120, full=600, long=3 * 3_600))


@dataclass(frozen=True)
class Footprint:
    """What a process takes: descriptors, threads, and megabytes of its own."""

    descriptors: int
    threads: int
    megabytes: float

    @classmethod
    def of(cls, process: psutil.Process) -> Footprint:
        gc.collect()
        memory = process.memory_info()
        return cls(process.num_fds(), process.num_threads(), (memory.rss - memory.shared) / 1e6)

    def is_no_more_than(self, since: Footprint) -> bool:
        return (
            self.descriptors <= since.descriptors + 4
            and self.threads <= since.threads + 2
            and self.megabytes <= since.megabytes + 12
        )


async def assert_not_grown(process: psutil.Process, since: Footprint) -> None:
    """What stays is too much; what history takes while git tells it goes again."""
    until = time.monotonic() + LONG
    while not (now := Footprint.of(process)).is_no_more_than(since):
        assert time.monotonic() < until, (since, now)
        await asyncio.sleep(0.1)


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@dataclass
class Day:
    """One day: the person, the daemon's side of the index, and the disk, which can be full."""

    person: Person
    client: IndexClient
    index: WorkspaceIndex
    full: Path
    chance: random.Random
    fed: int = 0
    kills: int = 0
    orphans: list[psutil.Process] = field(default_factory=list)

    def feed(self, changes: list[Changed]) -> None:
        self.index.feed(changes)
        self.fed += len(changes)

    async def go_on(self, until: int) -> None:
        """Work until so many events were told, and look now and then at what is found."""
        while self.fed < until:
            for _ in range(self.chance.randrange(1, 12)):
                self.feed(self.person.act())
                await asyncio.sleep(0)
            await self.look()
            if self.chance.random() < 0.3:
                assert await self.index.settled(LONG)
                assert await asyncio.to_thread(self.known) == await asyncio.to_thread(self.listed)

    async def look(self) -> None:
        """What was saved last is found at once, whether it was indexed since or not."""
        if self.person.last is None:
            return
        path, word = self.person.last
        shown = [] if await self.is_ignored(path) else [path]
        if not shown:  # until it was judged, a file that was told of is looked at
            assert await self.index.settled(LONG)
        found = await asyncio.to_thread(self.index.grep, Pattern(word, literal=True))
        assert [file.path for file in found.files] == shown
        if self.chance.random() < 0.3:
            assert await self.index.settled(LONG)
            hits = await asyncio.to_thread(self.index.search_text, word)
            assert [hit.path for hit in hits] == shown

    def known(self) -> set[str]:
        """Return the files that the index knows."""
        with self.index.reader.read() as snapshot:
            return {file.path for file in snapshot.all_files()}

    def listed(self) -> set[str]:
        """Return the files that git says are there."""
        command = ["git", "-C", self.index.root, "ls-files", "-coz", "--exclude-standard"]
        done = subprocess.run(command, check=True, capture_output=True, timeout=LONG)
        names = filter(None, done.stdout.split(b"\0"))
        paths = (os.path.join(self.index.root, os.fsdecode(name)) for name in names)
        return {path for path in paths if os.path.isfile(path)}

    async def is_ignored(self, path: str) -> bool:
        check = ("git", "-C", self.index.root, "check-ignore", "-q", "--", path)
        process = await asyncio.create_subprocess_exec(*check)
        return await asyncio.wait_for(process.wait(), LONG) == 0

    def kill(self) -> None:
        process = self.client._process
        if process is not None:
            self.orphans += psutil.Process(process.pid).children()
            os.kill(process.pid, signal.SIGKILL)
            self.kills += 1

    async def fill_the_disk(self) -> None:
        """Nothing can be written for a while; it is said, and made up for."""
        assert await self.index.settled(LONG)
        self.full.touch()
        self.feed(self.person.bring_much(1_000))
        await asyncio.wait_for(self.trouble(), LONG)
        assert "disk is full" in self.index.status.problem
        self.feed(self.person.act())
        self.full.unlink()
        assert await self.index.settled(LONG)
        assert not self.index.status.problem

    async def trouble(self) -> None:
        while not self.index.status.problem:
            await asyncio.sleep(0.01)

    async def orphans_end(self) -> None:
        """Wait for the workers whose indexer was killed.

        `psutil.wait_procs` fails where the number of one has become that of some thread since.
        """
        while any(map(is_alive, self.orphans)):
            await asyncio.sleep(0.1)

    @property
    def indexer(self) -> psutil.Process:
        assert self.client._process is not None
        return psutil.Process(self.client._process.pid)


@pytest_asyncio.fixture
async def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Day]:
    monkeypatch.setattr(clients, "_CALM", 0.0)  # each kill is the first one
    chance = random.Random(5)
    root = os.path.realpath(tmp_path / "tree")
    person = Person(root, chance)
    full = tmp_path / "full"
    command = (sys.executable, INDEXER, str(full))
    client = IndexClient(
        tmp_path / "cache",
        options={"batch_files": SMALL.batch_files},
        command=command,
    )
    yield Day(person, client, client.open(root), full, chance)
    await client.close()


async def test_a_day_of_editing(day: Day, tmp_path: Path) -> None:
    daemon = psutil.Process()
    warm: Footprint | None = None
    while day.fed < EVENTS - QUIET:
        await day.go_on(day.fed + BETWEEN_KILLS)
        day.kill()
        if day.kills % 4 == 1:
            day.feed(day.person.lose_the_folder())
        if day.kills % 4 == 2:
            await day.fill_the_disk()
        if warm is None and day.fed > EVENTS // 5:
            assert await day.index.settled(LONG)
            warm = Footprint.of(daemon)
    await day.go_on(day.fed + QUIET // 4)
    assert await day.index.settled(LONG)
    indexer, before = day.indexer, Footprint.of(day.indexer)
    await day.go_on(day.fed + QUIET * 3 // 4)
    day.person.commit()
    day.feed(day.person.bring_much(10))
    assert await day.index.settled(LONG)

    assert day.indexer == indexer
    await assert_not_grown(indexer, before)
    assert warm is not None
    await assert_not_grown(daemon, warm)
    assert not day.index.unsure()
    assert "anew" not in day.index.status.notice  # no kill and no full disk ever damaged it
    await asyncio.wait_for(day.orphans_end(), LONG)
    await compare(day, tmp_path / "fresh")


async def compare(day: Day, folder: Path) -> None:
    """The index is what one built from nothing is, and so is its history."""
    disk = Disk(folder, SMALL)
    disk.root = day.index.root
    build = disk.build()
    settle(build)
    build.close()
    assert content(day.index.folder) == content(disk.index)
    db = sqlite3.connect(disk.index / DATABASE, isolation_level=None)
    history.update(db, disk.root)
    fresh = known_history(db)
    db.close()
    assert fresh["commits"]

    async def told() -> None:
        db = sqlite3.connect(day.index.folder / DATABASE)
        while known_history(db) != fresh:  # it comes after everything else, and nothing tells of it
            await asyncio.sleep(0.1)
        db.close()

    await asyncio.wait_for(told(), LONG)
