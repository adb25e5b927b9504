"""Whatever happened, and wherever it was cut off: the index is what one built from nothing is."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriero.index.indexer import store
from arriero.index.indexer.build import Build
from arriero.index.indexer.rows import Prepared
from arriero.index.indexer.store import Store
from arriero.index.indexer.work import Batch, Options
from arriero.index.paths import DATABASE
from arriero.index.reader import Reader
from index.harness import Disk, content, prepared, settle
from scale import is_full

FULL = is_full()
SMALL = Options(batch_files=3)
NAMES = [
    b"a.py",
    b"b.txt",
    b"dir/a.py",
    b"dir/b.py",
    b"dir/sub/c.md",
    b"caf\xe9.txt",
    b".gitignore",
]
FOLDERS = [b"dir", b"dir/sub", b"other"]
TEXTS = [
    "", "def getUserName(): return 1\n", "hello world\n", "*.txt\n", "sub/\n", "class Ab: pass\n",
    "\0binary", "def other():\n    getUserName()\n",
]  # fmt: skip


STEPS = ["act"] * 6 + ["tell"] * 4 + ["step"] * 4 + ["take"] * 8 + ["give"] * 8 + ["die"]


class Death(BaseException):
    """The process dies here."""


class Deaths:
    """Lets the store die at its n-th chance."""

    def __init__(self, at: int) -> None:
        self.left = at

    def chance(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Death

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real, publish = Store._transaction, Store._publish

        @contextmanager
        def transaction(self_: Store) -> Iterator[object]:
            self.chance()
            with real(self_) as db:
                yield db
                self.chance()
            self.chance()

        def publishing(self_: Store, *args: object) -> None:
            publish(self_, *args)  # type: ignore[arg-type]
            self.chance()

        monkeypatch.setattr(Store, "_transaction", transaction)
        monkeypatch.setattr(Store, "_publish", publishing)


class User:
    """Changes files and tells of it, as a watcher does."""

    def __init__(self, disk: Disk, chance: random.Random) -> None:
        self.disk = disk
        self.chance = chance
        self.untold: list[tuple[str, str]] = []

    def act(self) -> None:
        act = self.chance.choice([self.write, self.write, self.write, self.delete, self.move,
                                  self.move_folder, self.link, self.drop])  # fmt: skip
        try:
            act()
        except OSError:
            return  # a folder is in the way, or nothing is there

    def path(self, names: list[bytes]) -> str:
        """Choose a path, without the links on its way: a watcher tells none with them."""
        path = os.path.join(self.disk.root, os.fsdecode(self.chance.choice(names)))
        return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))

    def write(self) -> None:
        path = self.path(NAMES)
        self.untold.append((path, "changed"))
        self.disk.write(os.fsencode(path), self.chance.choice(TEXTS))

    def delete(self) -> None:
        path = self.path(NAMES)
        os.unlink(path)
        self.untold.append((path, "deleted"))

    def move(self) -> None:
        old, new = self.path(NAMES), self.path(NAMES)
        os.rename(old, new)
        self.untold += [(old, "deleted"), (new, "created")]

    def move_folder(self) -> None:
        old, new = self.path(FOLDERS), self.path(FOLDERS)
        os.rename(old, new)
        self.untold.append((old, "deleted"))
        for folder, _, files in os.walk(new):
            self.untold += [(os.path.join(folder, name), "created") for name in files]

    def link(self) -> None:
        path, target = self.path(FOLDERS), self.path(FOLDERS)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
            self.untold.append((path, "deleted"))
        os.symlink(target, path)
        self.untold.append((path, "created"))

    def drop(self) -> None:
        if self.chance.random() < 0.1:
            shutil.rmtree(self.disk.root)
            os.mkdir(self.disk.root)
            self.untold.append((self.disk.root, "rescan"))


class Life:
    """An index's builds, one after the other, and what its user does meanwhile."""

    def __init__(self, disk: Disk, chance: random.Random, deaths: Deaths) -> None:
        self.disk = disk
        self.user = User(disk, chance)
        self.chance = chance
        self.deaths = deaths
        self.number = 0
        self.begin()

    def begin(self) -> None:
        self.build = self.disk.build()
        self.user.untold = []
        self.held: list[tuple[Batch, Sequence[Prepared]]] = []
        self.deaths.left = self.chance.randint(1, 60)

    def go_on(self) -> None:
        try:
            getattr(self, self.chance.choice(STEPS))()
        except Death:
            self.build.close()
            self.begin()

    def act(self) -> None:
        self.user.act()

    def tell(self) -> None:
        self.number += 1
        self.build.changed(self.user.untold, self.number)
        self.user.untold = []

    def step(self) -> None:
        self.build.step()

    def take(self) -> None:
        """Have a batch read; what happens now happens before it is published."""
        if batch := self.build.next_batch():
            self.held.append((batch, prepared(self.build, batch)))

    def give(self) -> None:
        if self.held:
            self.build.publish(*self.held.pop(0))

    def die(self) -> None:
        raise Death


def run(disk: Disk, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    for name in NAMES[:5]:
        disk.write(name, chance.choice(TEXTS))
    with monkeypatch.context() as patches:
        patches.setattr(store, "_FEWEST_DEAD", 2)
        deaths = Deaths(0)
        deaths.patch(patches)
        life = Life(disk, chance, deaths)
        for _ in range(chance.randint(10, 70)):
            life.go_on()
    for results in life.held:
        life.build.publish(*results)
    life.tell()
    settle(life.build)
    assert life.build.acknowledged == life.number
    assert not life.build.problem
    life.build.close()


def check(disk: Disk, fresh: Path) -> None:
    build: Build = disk.build(fresh)
    settle(build)
    build.close()
    assert content(disk.index) == content(fresh)


@pytest.mark.parametrize("away", ["file", "folder", "link"])
def test_what_goes_away_while_it_is_read_for_the_first_time(tmp_path: Path, away: str) -> None:
    """Nothing is known of it yet but that it is being read."""
    disk = Disk(tmp_path, SMALL)
    build = disk.build()
    settle(build)
    path, folder = disk.write(b"dir/a.py", "a = 1\n"), os.path.join(disk.root, "dir")
    build.changed([(path, "created")], 1)
    batch = build.next_batch()
    assert batch is not None
    results = prepared(build, batch)
    if away == "file":
        os.unlink(path)
        build.changed([(path, "deleted")], 2)
    else:
        os.rename(folder, os.path.join(disk.root, "other"))
        if away == "link":
            os.symlink("other", folder)
        build.changed([(folder, "deleted"), (f"{disk.root}/other/a.py", "created")], 2)
    build.publish(batch, results)
    settle(build)
    assert build.acknowledged == 2
    build.close()
    check(disk, tmp_path / "fresh")


def test_a_long_log_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MOST_LOG_PAGES", 0)
    disk = Disk(tmp_path, SMALL)
    disk.write(b"a.py", "a = 1\n")
    build = disk.build()
    settle(build)
    assert (disk.index / f"{DATABASE}-wal").stat().st_size == 0
    assert disk.index.joinpath(DATABASE).stat().st_size > 0
    build.close()


def test_what_becomes_ignored_while_it_is_read_stays_out(tmp_path: Path) -> None:
    disk = Disk(tmp_path, SMALL)
    subprocess.run(["git", "init", "-q", disk.root], check=True)
    build = disk.build()
    settle(build)
    path = disk.write(b"b.txt", "one\n")
    build.changed([(path, "created")], 1)
    batch = build.next_batch()
    assert batch is not None
    results = prepared(build, batch)
    build.changed([(disk.write(b".gitignore", "*.txt\n"), "created")], 2)
    build.step()  # looks at all files again
    disk.write(b"b.txt", "two\n")
    build.changed([(path, "changed")], 3)
    build.publish(batch, results)
    settle(build)
    build.close()
    check(disk, tmp_path / "fresh")


@pytest.mark.timeout(600)  # full scale takes a minute on a machine with nothing else to do
@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=1_000 if FULL else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.parametrize("git", [False, True])
def test_any_events_and_deaths(
    git: bool, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    disk = Disk(folder, SMALL)
    if git:
        subprocess.run(["git", "init", "-q", disk.root], check=True)
    run(disk, seed, monkeypatch)
    check(disk, folder / "fresh")
    shutil.rmtree(folder)


def test_names_are_known_before_files_are_looked_at(tmp_path: Path) -> None:
    """Where no git has to be asked; each file is looked at next, the newest is read first."""
    disk = Disk(tmp_path)
    for number in range(12):
        path = disk.write(f"p{number % 3}/f{number}.py", f"name_{number} = 1\n")
        os.utime(path, (1_000 + 100 * number, 1_000 + 100 * number))
    disk.write(".gitignore", "*.log\n")
    disk.write("p1/a.log")
    build = disk.build()
    build.step()
    build.step()
    assert (build.phase, build.files, build.pending, len(build.queue)) == ("building", 13, 13, 0)
    assert build.next_batch() is None
    reader = Reader(disk.root, disk.index)
    with reader.read() as snapshot:
        names = sorted(os.path.relpath(file.path, disk.root) for file in snapshot.all_files())
    reader.close()
    assert names == sorted([".gitignore", *(f"p{n % 3}/f{n}.py" for n in range(12))])
    build.changed([(f"{disk.root}/p0/f0.py", "changed")], 5)
    assert build.acknowledged < 5
    build.step()
    assert build.pending == len(build.queue) == 13
    batch = build.next_batch()
    assert batch is not None
    assert [job.name for job in batch.jobs][1:3] == [b"p2/f11.py", b"p1/f10.py"]
    build.publish(batch, prepared(build, batch))
    settle(build)
    assert (build.phase, build.pending, build.acknowledged) == ("ready", 0, 5)
    build.close()
    once = disk.build(tmp_path / "once")
    settle(once)
    once.close()
    assert content(disk.index) == content(tmp_path / "once")


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_open_files_are_read_first_whenever_that_is_said(tmp_path: Path, steps: int) -> None:
    disk = Disk(tmp_path)
    for number in range(300):
        disk.write(f"f{number}.py", f"name_{number} = 1\n")
    build = disk.build()
    for _ in range(steps):
        build.step()
    build.prefer([f"{disk.root}/f7.py", f"{disk.root}/nothing.py"])
    for _ in range(3 - steps):
        build.step()
    batch = build.next_batch()
    assert batch is not None
    assert [job.name for job in batch.jobs] == [b"f7.py"]
    build.close()
