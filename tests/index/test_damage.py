"""A database that is damaged while it is read: answers come from disk, and it is made anew."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from arriero.index.client import IndexClient
from arriero.index.grep import Pattern
from arriero.index.indexer import checkup, lookover
from arriero.index.indexer import knowledge as knowledges
from arriero.index.indexer.build import Build
from arriero.index.indexer.checkup import Checkup, examine
from arriero.index.indexer.due import DueScan
from arriero.index.indexer.knowledge import Knowledge
from arriero.index.map import Focus, repo_map
from arriero.index.paths import DATABASE, index_folder
from arriero.index.reader import NoIndex, Reader
from arriero.index.schema import Damaged, open_for_writing
from arriero.index.search import Kind, search
from arriero.index.workspace import WorkspaceIndex
from index.harness import Disk, content, settle, with_a_row_of_everything
from scale import by_scale

SEEDS = by_scale(12, full=400)
PAGE, HEADER = 4096, 100
LONG = 60.0
KINDS: tuple[Kind, ...] = ("auto", "symbol", "text", "regex")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    return with_a_row_of_everything(tmp_path_factory.mktemp("whole"), 60)


def execute(statement: str) -> Callable[[Path], None]:
    def damage(database: Path) -> None:
        with closing(sqlite3.connect(database, isolation_level=None)) as db:
            db.execute("PRAGMA writable_schema = on")
            db.execute(statement)

    return damage


def lose_the_head(database: Path) -> None:
    database.write_bytes(b"something else" + database.read_bytes()[14:])


def lose_page(database: Path) -> None:
    data = bytearray(database.read_bytes())
    data[8 * PAGE : 9 * PAGE] = b"\xff" * PAGE
    database.write_bytes(data)


def lose_the_end(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


DAMAGES: list[Callable[[Path], None]] = [
    lose_page,
    lose_the_end,
    lose_the_head,
    execute("UPDATE defs SET name = CAST(x'6eff' AS TEXT) WHERE rowid = 7"),
    execute("DELETE FROM sqlite_master WHERE name = 'defs_by_name'"),
    execute("UPDATE sqlite_master SET rootpage = 2 WHERE name = 'defs_of_file'"),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_found(whole: Disk, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    database = tmp_path / DATABASE
    shutil.copy(whole.index / DATABASE, database)
    examine(database)
    damage(database)
    with pytest.raises(Damaged):
        examine(database)


def ask(index: WorkspaceIndex) -> None:
    """Ask for a little of everything. Raises `NoIndex` at most."""
    index.search_text("name_3 llama")
    for kind in KINDS:
        try:
            search(index, "name_13", kind, 10)
        except NoIndex:
            continue
    index.grep(Pattern("name_3(", literal=True))
    repo_map(index, 500, len, Focus())


@pytest.mark.timeout(600)
def test_whatever_is_damaged_a_search_ends_well_and_what_it_met_is_found(
    whole: Disk, tmp_path: Path
) -> None:
    data = (whole.index / DATABASE).read_bytes()
    index = WorkspaceIndex(whole.root, tmp_path, lambda _: None)
    index.folder.mkdir(parents=True)
    database = index.folder / DATABASE
    doubts = found = 0
    for seed in range(SEEDS):
        chance = random.Random(seed)
        changed = bytearray(data)
        if chance.random() < 0.5:
            for _ in range(8):
                changed[chance.randrange(HEADER, len(data))] = chance.randrange(256)
        else:
            start = chance.randrange(1, len(data) // PAGE) * PAGE
            changed[start : start + PAGE] = chance.randbytes(PAGE)
        database.write_bytes(changed)
        doubted: list[int] = []
        index.reader = Reader(whole.root, index.folder, partial(doubted.append, seed))
        ask(index)
        index.reader.close()
        if doubted:
            doubts += 1
            try:
                examine(database)
            except Damaged:
                found += 1
    assert doubts > SEEDS // 5
    assert found > doubts * 0.9  # one byte in a row may make no sense to us, but to SQLite


def mended(build: Build) -> None:
    """Work until the look at the database has ended, and what it leads to is done."""
    thread = build._hold.checkup._thread
    assert thread is not None
    thread.join()
    build.step()
    settle(build)


@pytest.mark.parametrize("damage", [lose_page, None])
def test_a_doubt_leads_to_a_look(
    whole: Disk, tmp_path: Path, damage: Callable[[Path], None] | None
) -> None:
    shutil.copy(whole.index / DATABASE, tmp_path)
    build = whole.build(tmp_path)
    settle(build)
    database = tmp_path / DATABASE
    if damage is not None:
        with closing(sqlite3.connect(database)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        damage(database)
    build.check()
    mended(build)
    assert ("built anew" in build.notice) is (damage is not None)
    assert database.with_suffix(database.suffix + ".aside").exists() is (damage is not None)
    build.close()
    assert content(tmp_path) == content(whole.index)


async def test_from_a_search_to_another_database(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    for number in range(40):
        disk.write(f"f{number}.py", f"def name_{number}():\n    return 'llama'\n")
    told = asyncio.Event()
    client = IndexClient(tmp_path / "cache", tell=lambda _: told.set())
    try:
        index = client.open(disk.root)
        assert await index.settled(LONG)
        database = index_folder(tmp_path / "cache", disk.root) / DATABASE
        with closing(sqlite3.connect(database, timeout=30.0)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        data = database.read_bytes()
        database.write_bytes(data[:PAGE] + b"\xff" * (len(data) - PAGE))
        index.reader._free.clear()  # what an open connection has in memory is whole
        found = await asyncio.to_thread(index.grep, Pattern("name_7(", literal=True))
        assert [os.path.basename(file.path) for file in found.files] == ["f7.py"]

        async def anew() -> None:
            while "built anew" not in index.status.notice or index.status.phase != "ready":
                told.clear()
                await told.wait()

        await asyncio.wait_for(anew(), LONG)
        hits = await asyncio.to_thread(index.search_text, "name_7")
        assert os.path.basename(hits[0].path) == "f7.py"
        assert not index.status.problem
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("key", "value"),
    [("looking_in", 99), ("looking_in", -1), ("looking_in", "x"), ("looked_to", b"\1"),
     ("looked_over", "soon"), ("live", b""), ("generation", "one"), ("generation", 7)],
)  # fmt: skip
def test_a_number_that_makes_no_sense_is_damage(
    whole: Disk, tmp_path: Path, key: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookover, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(lookover, "_PAUSE_SECONDS", 100.0)
    shutil.copy(whole.index / DATABASE, tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
    build = whole.build(tmp_path)
    settle(build)
    anew = build.notice
    build._hold.not_before = 0.0
    settle(build)
    build.close()
    assert "built anew" in anew
    assert content(tmp_path) == content(whole.index)


@pytest.mark.timeout(20)  # a lock is waited for for half a minute
@pytest.mark.parametrize("damage", [partial(os.truncate, length=0), lose_the_head])
def test_what_history_meets_is_told_at_once(
    whole: Disk, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Also where the file is empty, as it is for a moment while somebody writes over it."""
    database = tmp_path / DATABASE
    shutil.copy(whole.index / DATABASE, database)
    db, _ = open_for_writing(tmp_path)  # whoever writes the index has it open
    told: list[str] = []
    knowledge = Knowledge(whole.root, database, partial(told.append, "doubted"))
    damage(database)
    knowledge.is_due()
    knowledge.work()
    assert knowledge._thread is not None
    knowledge._thread.join()
    assert knowledge.wait == 0.0
    knowledge.work()
    db.close()
    assert told == ["doubted"]
    assert knowledge.wait is not None  # it is tried again
    assert knowledge.wait > 1.0


def test_history_is_looked_after_while_it_is_worked_out(whole: Disk, tmp_path: Path) -> None:
    told: list[str] = []
    knowledge = Knowledge(whole.root, tmp_path / DATABASE, partial(told.append, "doubted"))
    waits = [knowledge.wait]
    assert waits == [None]
    thread = threading.Event()
    knowledge._thread = threading.Thread(target=thread.wait, args=(LONG,))
    knowledge._thread.start()
    knowledge.is_due()
    assert knowledge.wait == knowledges._POLL_SECONDS
    knowledge._damaged = True
    assert knowledge.wait == 0.0
    knowledge.work()
    assert told == ["doubted"]
    thread.set()
    knowledge._thread.join()
    assert knowledge.wait == 0.0


def test_what_was_wrong_with_another_database_is_no_doubt(tmp_path: Path) -> None:
    told: list[str] = []
    knowledge = Knowledge("/nowhere", tmp_path / DATABASE, partial(told.append, "doubted"))
    (tmp_path / DATABASE).write_bytes(b"no database at all" * 1000)
    for replaced in (True, False):
        knowledge._era += replaced  # while its thread is at work
        knowledge._work(0 if replaced else knowledge._era)
        assert knowledge._damaged is not replaced
    knowledge.replaced()
    knowledge._due = False
    assert knowledge.wait is None
    assert not told


def test_a_database_that_was_just_made_is_not_meant(tmp_path: Path) -> None:
    look = Checkup(tmp_path / DATABASE)
    look.begin()
    assert look._thread is not None
    look._thread.join()
    look._thread = None
    look.set_aside()
    look.begin()
    assert look._thread is None
    look._set_aside[-1] -= checkup._JUST_MADE
    look.begin()
    assert look._thread is not None


def test_lines_come_from_disk_while_another_database_is_new(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.write("a.py", "llama = 1\n")
    build = disk.build(index_folder(tmp_path, disk.root))
    settle(build)
    index = WorkspaceIndex(disk.root, tmp_path, lambda _: None)
    status = replace(index.status, phase="ready", writes=True, acknowledged=99)
    index.take_in(replace(status, made=build.made))
    assert index.grep(Pattern("llama", literal=True)).files
    disk.write("b.py", "llama = 2\n")  # of which the index is not told
    assert len(index.grep(Pattern("llama", literal=True)).files) == 1
    index.take_in(replace(status, made=build.made - 1.0))
    assert len(index.grep(Pattern("llama", literal=True)).files) == 2
    build.close()
    index.close()


def test_one_that_was_deleted_is_built_anew_with_the_next_change(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    path = disk.write("a.py", "llama = 1\n")
    build = disk.build()
    settle(build)
    shutil.rmtree(disk.index)
    build.changed([(path, "changed")], 1)
    assert build.acknowledged < 1
    settle(build)
    assert build.acknowledged == 1
    assert len(content(disk.index)) == 1
    assert disk.build()._hold.open() is None, "its lock is the one that others find"
    build.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_one_that_is_lost_while_nothing_happens_is_noticed(tmp_path: Path, replaced: bool) -> None:
    disk = Disk(tmp_path)
    disk.write("a.py", "llama = 1\n")
    build = disk.build()
    settle(build)
    old = tmp_path / "old"
    with closing(sqlite3.connect(disk.index / DATABASE)) as db:
        db.execute("VACUUM INTO ?", (str(old),))
    path = disk.write("b.py", "llama = 2\n")
    build.changed([(path, "created")], 1)
    settle(build)
    shutil.rmtree(disk.index)
    if replaced:
        disk.index.mkdir()
        old.rename(disk.index / DATABASE)
    assert build.wait
    build._hold._look_at = 0.0  # some seconds later
    assert build.wait == 0.0
    build.step()
    settle(build)
    assert len(content(disk.index)) == 2
    build.close()


def test_many_doubts_are_one_order(whole: Disk, tmp_path: Path) -> None:
    orders: list[dict[str, object]] = []
    index = WorkspaceIndex(whole.root, tmp_path, orders.append)
    index.check()
    assert orders == [], "there is none yet"
    index.take_in(replace(index.status, made=1.0))
    for _ in range(100):
        index.check()
    assert [order["do"] for order in orders] == ["check"]


def test_a_disk_that_damages_every_database_is_not_worn_out(tmp_path: Path) -> None:
    look = Checkup(tmp_path / DATABASE)
    for _ in range(checkup._MOST_AN_HOUR):
        assert look.set_aside() == ("", 0.0)
    problem, seconds = look.set_aside()
    assert "look at the disk" in problem
    assert seconds >= 60.0


def test_what_seems_whole_and_is_doubted_again_is_made_anew_once(
    whole: Disk, tmp_path: Path
) -> None:
    shutil.copy(whole.index / DATABASE, tmp_path)
    look = Checkup(tmp_path / DATABASE)
    damaged = []
    for _ in range(4):
        look.begin()
        assert look._thread is not None
        look._thread.join()
        damaged.append(look.found_damage())
    assert damaged == [False, True, False, False]


def test_a_look_where_nothing_is(tmp_path: Path) -> None:
    look = Checkup(tmp_path / DATABASE)
    look.begin()
    assert isinstance(look._thread, threading.Thread)
    look._thread.join()
    assert not look.found_damage()
    assert look.wait is None


@pytest.mark.parametrize(
    ("asked", "done", "acknowledged"),
    [([], 9, 9), ([4], 9, 3), ([4, 2, 7], 9, 1), ([0], 9, -1), ([0, 5], 9, 4), ([5], 3, 3)],
)
def test_a_scan_that_is_due_keeps_what_it_is_to_find_open(
    asked: list[int], done: int, acknowledged: int
) -> None:
    due = DueScan()
    assert due
    assert due.end() == 0
    for number in asked:
        due.ask(number)
    assert bool(due) is bool(asked)
    assert due.acknowledged(done) == acknowledged
    due.end()
    assert due.acknowledged(done) == done


@pytest.mark.skipif(sys.platform != "linux", reason="a priority for each thread is Linux's")
def test_what_somebody_waits_for_keeps_its_priority() -> None:
    program = """
import os
from arriero.index.indexer.priority import Promptly, give_way
tell = lambda: print(os.getpriority(os.PRIO_PROCESS, 0), flush=True)
tell()
promptly = Promptly()
give_way()
tell()
promptly(tell)
promptly(lambda: os.waitpid(os.spawnlp(os.P_NOWAIT, "nice", "nice"), 0))
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    before, niced, prompt, child = map(int, done.stdout.split())
    assert niced > before
    assert prompt == child == before


def test_damage_that_is_told_while_it_is_asked_for_is_not_missed(tmp_path: Path) -> None:
    look = Checkup(tmp_path / DATABASE)

    class EndsNow:
        """A thread that finds damage and ends in the middle of the question."""

        def is_alive(self) -> bool:
            look._damaged = True
            return False

    look._thread = EndsNow()  # type: ignore[assignment]
    assert look.wait == 0.0


def test_a_database_that_is_busy_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def busy_at_first(database: Path) -> None:
        tries.append(database)
        if len(tries) == 1:
            raise sqlite3.OperationalError("database is locked")
        raise Damaged("malformed")

    monkeypatch.setattr(checkup, "examine", busy_at_first)
    monkeypatch.setattr(checkup, "_PAUSE_BETWEEN", 0.0)
    database = tmp_path / DATABASE
    database.touch()
    look = Checkup(database)
    look.begin()
    assert look._thread is not None
    look._thread.join()
    assert len(tries) == 2
    assert look.found_damage()
