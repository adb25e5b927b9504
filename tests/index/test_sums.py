"""Rows and words that are not as they were written: found when there is time, and mended."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from arriero.index.indexer import lookover
from arriero.index.indexer.build import Build
from arriero.index.indexer.checkup import examine
from arriero.index.indexer.lookover import LookOver
from arriero.index.indexer.sums import compare_all
from arriero.index.paths import DATABASE
from arriero.index.schema import Damaged
from arriero.index.status import IndexStatus
from index.harness import Disk, content, settle, with_a_row_of_everything

BY_PATH = "WHERE path = CAST('p3/f13.py' AS BLOB)"
OF_ONE = f"WHERE file = (SELECT id FROM files {BY_PATH})"

# What a disk may do to rows, and how many files are then not as they were written.
ROWS = {
    "a name": (f"UPDATE defs SET name = 'naXe_13' {OF_ONE}", 1),
    "a line": (f"UPDATE defs SET line = line + 256 {OF_ONE} AND line > 9", 1),
    "a type": (f"UPDATE defs SET end_line = x'00' {OF_ONE}", 1),
    "a definition": (f"DELETE FROM defs {OF_ONE} AND line = 1", 1),
    "definitions of another": (f"UPDATE defs SET file = 3 {OF_ONE}", 2),
    "definitions of none": (f"UPDATE defs SET file = 77777 {OF_ONE}", 2),
    "a name in the table of names": ("UPDATE names SET name = 'nXme_13' WHERE name = 'name_13'", 1),
    "references": (f"UPDATE refs SET names = zeroblob(length(names)) {OF_ONE}", 1),
    "references that are gone": (f"DELETE FROM refs {OF_ONE}", 1),
    "a path": (f"UPDATE files SET path = CAST('p3/fX3.py' AS BLOB) {BY_PATH}", 1),
    "a path that is text": (f"UPDATE files SET path = 'p3/f13.py' {BY_PATH}", 1),
    "a kind": (f"UPDATE files SET kind = 'tEXt' {BY_PATH}", 1),
    "read, but listed": (f"UPDATE files SET kind = 'listed' {BY_PATH}", 1),
    "a language": (f"UPDATE files SET language = 'pythoo' {BY_PATH}", 1),
    "a digest": (f"UPDATE files SET digest = zeroblob(16) {BY_PATH}", 1),
    "no digest": (f"UPDATE files SET digest = NULL {BY_PATH}", 1),
    "vague": (f"UPDATE files SET vague = 1 {BY_PATH}", 1),
    "vague, a text": (f"UPDATE files SET vague = 'x' {BY_PATH}", 1),
    "chunks": (f"UPDATE files SET chunks = zeroblob(length(chunks)) {BY_PATH}", 1),
    "the sum": (f"UPDATE files SET sum = sum + 1 {BY_PATH}", 1),
    "a row": (f"UPDATE files SET id = id + 500 {BY_PATH}", 2),
    "nothing": ("UPDATE files SET id = id WHERE 0", 0),
}
WORDS = {
    "words": "UPDATE {t} SET block = zeroblob(length(block)) WHERE id = (SELECT max(id) FROM {t})",
    "the lexicon": "UPDATE lexicon_1 SET words = replace(words, 'llama', 'lXama')",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    return with_a_row_of_everything(tmp_path_factory.mktemp("whole"), 40)


def opened(whole: Disk, folder: Path) -> Build:
    shutil.copy(whole.index / DATABASE, folder)
    build = whole.build(folder)
    settle(build)
    return build


def looked_over(build: Build) -> None:
    """Go once round the database, without a pause."""
    before = build.mended, build.notice
    for _ in range(1_000):
        store = build._hold.store
        assert store is not None
        store._look_over._not_before = 0.0
        build._hold.not_before = 0.0
        build.step()
        settle(build)
        if (build.mended, build.notice) != before:
            return
        store = build._hold.store
        if store is not None and store.look_wait > lookover._AGAIN_SECONDS / 2:
            return
    raise AssertionError("the round never ends")


def execute(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        db.execute(statement)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_changed_is_found_and_mended(whole: Disk, tmp_path: Path, name: str) -> None:
    statement, bad = ROWS[name]
    build = opened(whole, tmp_path)
    execute(tmp_path, statement)
    looked_over(build)
    assert build.mended == bad
    assert "anew" not in build.notice
    assert build.phase == "ready"
    looked_over(build)
    assert build.mended == bad
    build.close()
    assert content(tmp_path) == content(whole.index)


def as_if_no_sums_were_made_of(table: str) -> Callable[[Path, str], None]:
    """Change words behind the triggers' back, as a disk does."""

    def change(folder: Path, statement: str) -> None:
        with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
            triggers = db.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?",
                (table,),
            ).fetchall()
            assert bool(triggers) is table.endswith("_data")
            for trigger, _ in triggers:
                db.execute(f"DROP TRIGGER {trigger}")
            db.execute(statement)
            for _, sql in triggers:
                db.execute(sql)

    return change


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("text_1_data", WORDS["words"].format(t="text_1_data")),
        ("lexicon_1", WORDS["the lexicon"]),
    ],
)
def test_words_that_changed_are_made_anew(
    whole: Disk, tmp_path: Path, table: str, statement: str
) -> None:
    build = opened(whole, tmp_path)
    looked_over(build)  # makes the sums
    assert not build.notice
    as_if_no_sums_were_made_of(table)(tmp_path, statement)
    with pytest.raises(Damaged):
        examine(tmp_path / DATABASE)
    looked_over(build)
    assert "built anew" in build.notice
    build.close()
    assert content(tmp_path) == content(whole.index)


def test_what_is_written_has_its_sums(tmp_path: Path) -> None:
    """Files that change, merged words and a renewal are no damage."""
    disk = Disk(tmp_path)
    paths = [disk.write(f"f{n}.py", f"def name_{n}():\n    return 'llama'\n") for n in range(30)]
    build = disk.build()
    settle(build)
    for number in range(6):
        looked_over(build)
        for path in paths[number::3]:
            Path(path).write_text(f"def other_{number}():\n    return 'alpaca'\n")
        Path(paths[number]).unlink()
        build.changed([(path, "changed") for path in paths], number)
        settle(build)
        if number == 4:
            store = build._hold.store
            assert store is not None
            store.begin_renewal()
            settle(build)
            assert store.generation == 2
    looked_over(build)
    assert build.mended == 0
    assert not build.notice
    build.close()
    with closing(sqlite3.connect(disk.index / DATABASE)) as db:
        assert list(compare_all(db, 2)) == []
        (sums,) = db.execute("SELECT count(*) FROM text_2_data_sums").fetchone()
        assert sums == db.execute("SELECT count(*) FROM text_2_data").fetchone()[0]
        left = db.execute("SELECT name FROM sqlite_master WHERE name LIKE '%\\_1\\_%' ESCAPE '\\'")
        assert left.fetchall() == []


def test_an_index_that_lost_an_entry_is_made_anew(whole: Disk, tmp_path: Path) -> None:
    build = opened(whole, tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = on")
        (was,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'defs_by_name'").fetchone()
        change = "UPDATE sqlite_master SET sql = ? WHERE name = 'defs_by_name'"
        db.execute(change, (was + " WHERE line > 1",))
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = on")
        db.execute("REINDEX defs_by_name")
        db.execute(change, (was,))
    store = build._hold.store
    assert store is not None
    looked_over(build)
    assert "built anew" in build.notice
    build.close()
    assert content(tmp_path) == content(whole.index)


def test_a_round_goes_on_where_it_was_left(
    whole: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookover, "_FILES", 7)
    shutil.copy(whole.index / DATABASE, tmp_path)
    looks = 0
    while True:
        with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as db:
            look = LookOver(db)
            if look.wait > lookover._AGAIN_SECONDS / 2:
                break
            look.look(1)
            looks += 1
    assert looks == -(-41 // 7) + 3


def test_what_is_said() -> None:
    assert IndexStatus("/a").message == ""
    assert IndexStatus("/a", "ready", 1).message == ""
    assert "nothing to index" in IndexStatus("/a", "ready").message
    assert "3 files" in IndexStatus("/a", mended=3).message
    assert IndexStatus("/a", mended=3, notice="Other.").message == "Other."
    assert IndexStatus("/a", notice="Other.", problem="This.").message == "This."
