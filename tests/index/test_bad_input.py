"""Databases that are damaged, or of another version, and two daemons of which one dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from arriero.index.client import IndexClient
from arriero.index.grep import Pattern, candidates
from arriero.index.paths import DATABASE, index_folder
from arriero.index.reader import NoIndex, Reader
from arriero.index.schema import VERSION
from arriero.index.text import search_text
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.folderwatch import Changed
from index.harness import Disk, content, settle, with_a_row_of_everything
from scale import by_scale

DAMAGES = by_scale(10, full=200)
PAGE, HEADER = 4096, 100  # bytes of a database's page, and of what comes before the first
LONG = 60.0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    return with_a_row_of_everything(tmp_path_factory.mktemp("whole"), 40)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Lose some pages, all but the header of the first one, and now and then the end."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 3, 10])):
        start = chance.randrange(len(data) // PAGE) * PAGE
        first = start or HEADER
        lost = start + PAGE - first
        filling = [bytes(lost), b"\xff" * lost, chance.randbytes(lost)]
        changed[first : start + PAGE] = chance.choice(filling)
    return bytes(changed[: chance.randrange(len(changed))] if chance.random() < 0.2 else changed)


def look(disk: Disk, folder: Path) -> bool:
    """Ask for a little of everything; return whether there is an index to ask."""
    reader = Reader(disk.root, folder)
    try:
        with reader.read() as snapshot:
            search_text(snapshot, "name_3 llama")
            candidates(snapshot, Pattern("llama", literal=True))
            list(snapshot.all_files())
    except NoIndex:
        return False
    finally:
        reader.close()
    return True


@pytest.mark.timeout(300)
def test_lost_pages(whole: Disk, tmp_path: Path) -> None:
    """It ends nothing, and where it is noticed, the index is made anew."""
    data = (whole.index / DATABASE).read_bytes()
    expected = content(whole.index)
    anew = 0
    for seed in range(DAMAGES):
        chance = random.Random(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / DATABASE).write_bytes(damaged(data, chance))
        look(whole, folder)
        build = whole.build(folder)
        build.step()
        build.step()
        build.changed([(f"{whole.root}/p{n % 5}/f{n}.py", "changed") for n in range(40)], 1)
        build._hold.not_before = 0.0
        settle(build)
        assert build.phase == "ready", seed
        if "anew" in build.notice:
            anew += 1
            assert look(whole, folder), seed
            assert content(folder) == expected, seed
        build.close()
        shutil.rmtree(folder)
    assert anew > DAMAGES / 4


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"CREATE TABLE refs (", b"CREATE \xff\xfeBLE refs ("),  # in the message of SQLite itself
        (b"CREATE TABLE files", b"CREATE TABLE \xff\xfeles"),
    ],
)
def test_damage_that_is_no_text(whole: Disk, tmp_path: Path, was: bytes, now: bytes) -> None:
    data = (whole.index / DATABASE).read_bytes()
    assert was in data
    (tmp_path / DATABASE).write_bytes(data.replace(was, now))
    assert not look(whole, tmp_path)
    build = whole.build(tmp_path)
    settle(build)
    build.close()
    assert "damaged" in build.notice
    assert content(tmp_path) == content(whole.index)


@pytest.mark.parametrize("version", [VERSION + 1, VERSION - 1, 99])
def test_an_index_of_another_version_is_not_read(whole: Disk, tmp_path: Path, version: int) -> None:
    """Another Arriero may be at work on it: this one looks at the files themselves."""
    folder = index_folder(tmp_path, whole.root)
    folder.mkdir(parents=True)
    db = sqlite3.connect(folder / DATABASE, isolation_level=None)
    with contextlib.closing(sqlite3.connect(whole.index / DATABASE)) as source:
        source.backup(db)
    assert look(whole, folder)
    db.execute(f"PRAGMA user_version = {version}")
    db.close()
    assert not look(whole, folder)
    index = WorkspaceIndex(whole.root, tmp_path, lambda _: None)
    found = index.grep(Pattern("name_3(", literal=True))
    index.close()
    assert [os.path.basename(file.path) for file in found.files] == ["f3.py"]


async def test_of_two_the_second_goes_on_when_the_first_is_killed(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    path = disk.write("a.py", "llama = 1\n")
    told = asyncio.Event()
    first = IndexClient(tmp_path / "cache")
    second = IndexClient(tmp_path / "cache", tell=lambda _: told.set())
    try:
        assert await first.open(disk.root).settled(LONG)
        index = second.open(disk.root)
        await asyncio.wait_for(told.wait(), LONG)
        assert index.unsure() is None
        first._wanted.clear()  # it is dead as well, and starts no other
        assert first._process is not None
        os.kill(first._process.pid, signal.SIGKILL)
        disk.write("a.py", "alpaca = 1\n")
        index.feed([Changed(path, "changed")])
        assert await index.settled(LONG)
        assert index.unsure() == ()
        assert not index.status.problem
        assert [hit.path for hit in index.search_text("alpaca")] == [path]
    finally:
        await first.close()
        await second.close()
