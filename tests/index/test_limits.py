"""What is too much, damaged or forbidden is said, and nothing hangs on it."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from arriero.index import catalogue
from arriero.index.indexer import store
from arriero.index.indexer.build import Build
from arriero.index.indexer.faults import explained
from arriero.index.indexer.work import Options
from arriero.index.paths import DATABASE
from arriero.index.reader import NoIndex, Reader
from arriero.workspace.confine import Confinement
from arriero.workspace.errors import Unreadable
from arriero.workspace.folders import is_too_wide
from index.harness import Disk, content, prepared, settle


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    disk = Disk(tmp_path)
    disk.write("a.py", "def f(): pass\n")
    disk.write("sub/b.py", "x = 1\n")
    return disk


@pytest.fixture
def build(disk: Disk) -> Iterator[Build]:
    build = disk.build()
    yield build
    build.close()


def kinds(disk: Disk) -> dict[str, str]:
    return {name[2:-1]: facts[1] for name, facts in content(disk.index).items()}


def test_kinds_of_files(disk: Disk, build: Build) -> None:
    with open(disk.write("huge.txt"), "wb") as file:
        file.truncate(5 << 30)
    disk.write("line.js", "x" * (1 << 20))
    disk.write("data", b"\0\1\2")
    disk.write("empty.py")
    os.mkfifo(os.path.join(disk.root, "pipe"))
    os.symlink("a.py", os.path.join(disk.root, "link.py"))
    os.symlink("..", os.path.join(disk.root, "sub", "loop"))
    settle(build)
    assert kinds(disk) == {
        "a.py": "text",
        "data": "binary",
        "empty.py": "text",
        "huge.txt": "large",
        "line.js": "minified",
        "sub/b.py": "text",
    }


def test_a_file_that_may_not_be_read(
    disk: Disk, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Confinement, path: str, limit: int) -> bytes:
        raise Unreadable(path)

    with monkeypatch.context() as patches:
        patches.setattr(Confinement, "read", refuse)
        settle(build)
    assert kinds(disk) == {"a.py": "unreadable", "sub/b.py": "unreadable"}
    assert build.notice == (
        "a.py and 1 more cannot be read, so what is in them is not found; see to their rights, or "
        "name them in the setting index.exclude."
    )
    build.changed([(disk.root, "rescan")], 1)
    settle(build)
    assert kinds(disk) == {"a.py": "text", "sub/b.py": "text"}
    assert build.notice == ""


@pytest.mark.parametrize("git", [False, True])
def test_a_folder_that_may_not_be_entered(
    disk: Disk, build: Build, git: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names in it may be known, from git or as it can be listed, but no file in it can be seen."""
    if git:
        for arguments in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", *arguments], cwd=disk.root, check=True)
    closed, lstat = os.fsencode(disk.root) + b"/sub/", os.lstat

    def refuse(path: str | bytes, **options: object) -> os.stat_result:
        if os.fsencode(path).startswith(closed):
            raise PermissionError(errno.EACCES, "Permission denied")
        return lstat(path, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patches:
        patches.setattr(os, "lstat", refuse)
        settle(build)
        build.changed([(disk.root, "rescan")], 1)
        settle(build)
    assert kinds(disk) == {"a.py": "text"}
    assert build.notice == (
        "What is in sub cannot be looked at, so it is not found; see to the rights of the folder, "
        "or name it in the setting index.exclude."
    )
    build.changed([(disk.root, "rescan")], 2)
    settle(build)
    assert kinds(disk) == {"a.py": "text", "sub/b.py": "text"}
    assert build.notice == ""


def test_who_may_not_write_is_told_where() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/home/me/.cache/arriero/index")
    assert explained(error) == (
        "The index cannot be written at /home/me/.cache/arriero/index (Permission denied); make it "
        "writable, or set XDG_CACHE_HOME to a folder that is."
    )
    assert "free some space" in explained(OSError(errno.ENOSPC, "No space left on device"))
    assert "look at the disk" in explained(OSError(errno.EIO, "Input/output error", "/x"))
    readonly = sqlite3.OperationalError("attempt to write a readonly database")
    assert "XDG_CACHE_HOME" in explained(readonly)


def test_too_many_files(disk: Disk) -> None:
    for number in range(20):
        disk.write(f"n{number}.txt", "x")
    disk.options = Options(most_files=10, knowledge=False)
    build = disk.build()
    settle(build)
    assert 8 <= build.files <= 10  # without git, folders count as well
    assert build.notice.startswith(f"Only {build.files} files are indexed")
    more = [(disk.write(f"more{number}.txt", "y"), "created") for number in range(5)]
    build.changed(more, 1)
    settle(build)
    assert len(kinds(disk)) <= 10
    os.unlink(os.path.join(disk.root, next(iter(kinds(disk)))))
    build.changed([(disk.root, "rescan")], 2)
    settle(build)
    assert build.files <= 10
    build.close()


def test_a_home_is_capped(disk: Disk, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_too_wide("/")
    assert is_too_wide(os.path.realpath(os.path.expanduser("~")))
    assert not is_too_wide(disk.root)
    monkeypatch.setenv("HOME", disk.root)
    monkeypatch.setattr(catalogue, "MOST_OF_A_HOME", 2)
    settle(build)
    assert build.files == 1
    assert "more than one project" in build.notice


def test_a_folder_that_vanishes_and_comes_back(disk: Disk, build: Build) -> None:
    settle(build)
    os.rename(disk.root, disk.root + ".away")
    build.changed([(disk.root, "deleted")], 1)
    settle(build)
    assert "not there any more" in build.problem
    os.rename(disk.root + ".away", disk.root)
    disk.write("c.py", "")
    build.changed([(disk.root, "rescan")], 2)
    settle(build)
    assert not build.problem
    assert set(kinds(disk)) == {"a.py", "sub/b.py", "c.py"}


def test_a_full_disk(disk: Disk, build: Build) -> None:
    settle(build)
    before = content(disk.index)
    assert build._hold.store is not None
    build._hold.store._db.execute(
        "PRAGMA max_page_count = 1"
    )  # SQLite then says what a full disk says
    for number in range(50):
        disk.write(f"f{number}.py", f"some_words_{number} " * 200)
    build.changed([(disk.root, "rescan")], 1)
    settle(build)
    assert "disk is full" in build.problem
    assert build.acknowledged < 1
    assert content(disk.index).keys() >= before.keys()
    build._hold.store._db.execute("PRAGMA max_page_count = 1000000")
    build._hold.not_before = 0.0
    settle(build)
    assert not build.problem
    assert build.acknowledged == 1
    assert len(kinds(disk)) == 52


def test_that_the_disk_is_full_is_said_until_something_is_written(disk: Disk, build: Build) -> None:
    """A look at the files is no news of the disk's room."""
    settle(build)
    assert build._hold.store is not None
    build._hold.store._db.execute("PRAGMA max_page_count = 1")
    disk.write("c.py", " ".join(f"word{number}" for number in range(20_000)))
    build.changed([(disk.root, "rescan")], 1)
    settle(build)
    build._hold.not_before = 0.0
    while build.next_batch() is None:  # it looks again which files there are
        assert "disk is full" in build.problem
        build.step()
    assert (build.phase, "disk is full" in build.problem) == ("building", True)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (b"PRAGMA user_version = 99", "newer Arriero"),
        (b"DROP TABLE refs", "damaged"),
        (b"DELETE FROM meta", "damaged"),
        (b"garbage", "damaged"),
    ],
)
def test_a_useless_database_is_set_aside(disk: Disk, damage: bytes, said: str) -> None:
    build = disk.build()
    settle(build)
    before = content(disk.index)
    build.close()
    path = disk.index / DATABASE
    if damage == b"garbage":
        path.write_bytes(damage * 1000)
    else:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute(damage.decode())
        db.close()
    build = disk.build()
    settle(build)
    assert said in build.notice
    assert content(disk.index) == before
    assert (disk.index / f"{DATABASE}.aside").exists()
    build.close()


def test_damage_that_shows_late(disk: Disk, build: Build) -> None:
    settle(build)
    reader = Reader(disk.root, disk.index)
    with reader.read() as snapshot:
        assert len(list(snapshot.all_files())) == 2
    assert build._hold.store is not None
    build._hold.store._db.execute("UPDATE text_1_data SET block = x'ffff'")
    build._hold.store.close()
    build.close()
    again = disk.build()
    again.step()
    disk.write("c.py", "new = 1\n")
    again.changed([(os.path.join(disk.root, "c.py"), "created")], 1)
    settle(again)
    assert "built anew" in again.notice
    assert len(kinds(disk)) == 3
    with reader.read() as snapshot:  # it notices that the database is another one
        assert len(list(snapshot.all_files())) == 3
    again.close()
    reader.close()


def test_reading_where_there_is_nothing(tmp_path: Path) -> None:
    reader = Reader("/", tmp_path)
    with pytest.raises(NoIndex), reader.read():
        pass
    (tmp_path / DATABASE).write_bytes(b"garbage" * 1000)
    with pytest.raises(NoIndex), reader.read():
        pass
    reader.close()


def test_a_file_that_ends_every_worker(disk: Disk, build: Build) -> None:
    attempts = []
    for _ in range(100):
        batch = build.next_batch()
        if batch is None:
            if build.wait != 0.0:
                break
            build.step()
        elif any(job.name == b"a.py" for job in batch.jobs):
            attempts.append([(job.name, job.plain) for job in batch.jobs])
            build.failed(batch)
        else:
            build.publish(batch, prepared(build, batch))
    assert attempts[-1] == [(b"a.py", True)]
    assert len(attempts) == 3
    assert kinds(disk) == {"a.py": "unreadable", "sub/b.py": "text"}


def test_a_renewal_survives_a_file_that_ends_every_worker(
    disk: Disk, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_FEWEST_DEAD", 1)
    settle(build)
    build.changed([(disk.write("a.py", f"x = {n}\n"), "changed") for n in range(2)], 1)
    renewed = 0
    for _ in range(200):
        batch = build.next_batch()
        if batch is None:
            if build.wait != 0.0:
                break
            build.step()
        elif any(job.name == b"sub/b.py" and not job.plain for job in batch.jobs):
            renewed += bool(batch.ids)
            build.failed(batch)
        else:
            build.publish(batch, prepared(build, batch))
    assert renewed == 1
    assert kinds(disk) == {"a.py": "text", "sub/b.py": "text"}
