"""Databases that are damaged, emptied, removed, replaced, or on a disk that fails."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.sessions import schema
from arriero.sessions.database import Database
from arriero.sessions.events import Applied, Event, RunEnded, Text
from arriero.sessions.failure import StoreFailed
from arriero.sessions.mending import ASIDE, connected, set_aside
from arriero.sessions.salvage import Salvaged, copy
from arriero.sessions.store import SessionStore
from scale import is_full

FULL = is_full()
SESSIONS, EVENTS = 4, 500


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of several conversations, closed as by kill -9: its WAL is left."""
    folder = tmp_path_factory.mktemp("written")
    path = folder / "sessions.db"
    database = Database(path, lambda _: None, lambda _: None)
    database.open()

    def fill(db: sqlite3.Connection) -> None:
        for one in range(SESSIONS):
            db.execute(
                "INSERT INTO sessions VALUES (?, ?, 'title', 'agent', NULL, NULL, 1.5, 1.5, ?)",
                (f"ses_{one}", '["/w"]', one),
            )
            db.execute(
                "INSERT INTO runs VALUES (?, ?, 'label', 'nobody', 'end_turn', 1.5)",
                (f"run_{one}", f"ses_{one}"),
            )
        for at in range(EVENTS):
            one = at % SESSIONS
            db.execute(
                "INSERT INTO events (session_id, run_id, at, kind, data)"
                " VALUES (?, ?, 2.5, 'text', ?)",
                (f"ses_{one}", f"run_{one}", '{"step": 1, "text": "%s"}' % ("word " * 40)),
            )

    database.write(fill)
    copied = tmp_path_factory.mktemp("copied")
    shutil.copytree(folder, copied, dirs_exist_ok=True)
    database.close()
    return copied


@pytest.fixture
def place(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path / "state")
    return tmp_path / "state" / "sessions.db"


def merged(path: Path) -> None:
    """Have all in the file itself."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def overwrite(at: float, length: int, value: int = 0xA5) -> Callable[[Path], None]:
    """Damage `length` bytes from a part of the file on."""

    def damage(path: Path) -> None:
        merged(path)
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(int(at * size))
            file.write(bytes([value]) * length)

    return damage


def cut(part: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        merged(path)
        os.truncate(path, int(part * path.stat().st_size))

    return damage


def folder_instead(path: Path) -> None:
    path.unlink()
    Path(f"{path}-wal").unlink()
    path.mkdir()
    (path / "theirs").write_text("kept")


def text_instead(path: Path) -> None:
    merged(path)
    path.write_text("no database, " * 1000)


DAMAGES = {
    "the beginning": (overwrite(0.0, 200), 0),
    "the schema": (overwrite(0.0005, 4000), 0),
    "a page": (overwrite(0.5, 4096), EVENTS // 3),
    "pages": (overwrite(0.3, 20_000), 1),
    "zeros": (overwrite(0.6, 8192, 0), 1),
    "cut off": (cut(0.7), 1),
    "cut to a few bytes": (cut(0.001), 0),
    "other text": (text_instead, 0),
    "a folder": (folder_instead, 0),
}


async def all_of(store: SessionStore) -> list[Event]:
    return [e for s in await store.sessions() for e in await store.events(s.session_id)]


@pytest.mark.parametrize("name", DAMAGES)
async def test_a_damaged_database_is_mended(name: str, place: Path) -> None:
    damage, least = DAMAGES[name]
    damage(place)
    said: list[str] = []
    store = SessionStore(place, said.append)
    await store.open()
    kept = len(await all_of(store))
    session = await store.create(["/new"], "agent")
    await store.append(session.session_id, "run_new", [Text(1, "goes on")])
    assert len(await all_of(store)) == kept + 1
    await store.close()
    assert least <= kept < EVENTS, "what is damaged is lost, and what is not is kept"
    assert len(said) == 1, said
    (aside,) = set_aside(place)
    assert str(aside) in said[0]
    if aside.is_dir():
        assert (aside / "theirs").read_text() == "kept"
    # The next start finds nothing to mend and says nothing.
    again = SessionStore(place, said.append)
    await again.open()
    assert len(await all_of(again)) == kept + 1
    await again.close()
    assert len(said) == 1


@pytest.mark.parametrize("name", ["a page", "zeros", "cut off", "other text"])
async def test_damage_while_it_is_in_use(name: str, place: Path) -> None:
    said: list[str] = []
    store = SessionStore(place, said.append)
    await store.open()
    before = len(await all_of(store))
    DAMAGES[name][0](place)
    session = await store.create(["/new"], "agent")
    for _ in range(30):
        await store.append(session.session_id, "run_new", [Text(1, "goes on " * 50)])
    assert len(await all_of(store)) <= before + 30
    # Now it is mended, if it had to be.
    after = await store.create(["/new"], "agent")
    await store.append(after.session_id, "run_after", [Text(1, "stays")])
    assert len(await store.events(after.session_id)) == 1
    await store.close()
    assert len(said) <= 1


@pytest.mark.parametrize("seed", range(40 if FULL else 6))
async def test_bytes_flipped_anywhere(seed: int, place: Path) -> None:
    """Whatever is flipped, the store opens, lists, and takes what is new."""
    merged(place)
    dice = random.Random(seed)
    data = bytearray(place.read_bytes())
    for _ in range(dice.choice((1, 10, 300))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    place.write_bytes(data)
    store = SessionStore(place)
    await store.open()
    await all_of(store)
    session = await store.create(["/new"], "agent")
    await store.start_run(session.session_id, "run_new", "new")
    await store.append(session.session_id, "run_new", [Text(1, "x"), RunEnded("end_turn", "x")])
    assert len(await store.events(session.session_id)) == 2
    await store.close()


async def test_an_emptied_database_is_told(place: Path) -> None:
    Path(f"{place}-wal").unlink()
    place.write_bytes(b"")
    said: list[str] = []
    store = SessionStore(place, said.append)
    await store.open()
    assert await store.sessions() == []
    await store.close()
    assert "was empty" in said[0]


async def test_what_is_set_aside_does_not_fill_the_disk(place: Path) -> None:
    for _ in range(6):
        overwrite(0.0, 100)(place)
        store = SessionStore(place)
        await store.open()
        await store.close()
    assert len(set_aside(place)) == 3
    assert not [p for p in place.parent.iterdir() if ASIDE not in p.name and "-" in p.name]


@pytest.mark.parametrize("what", ["folder", "file", "another"])
async def test_removed_while_in_use(what: str, place: Path) -> None:
    said: list[str] = []
    store = SessionStore(place, said.append)
    await store.open()
    session = await store.create(["/w"], "agent")
    await store.append(session.session_id, "run_1", [Text(1, "before")])
    if what == "folder":
        shutil.rmtree(place.parent)
    else:
        for path in place.parent.glob("sessions.db*"):
            path.unlink()
    if what == "another":  # another daemon was faster
        other = SessionStore(place)
        await other.open()
        theirs = await other.create(["/theirs"], "agent")
        await other.append(theirs.session_id, "run_9", [Text(1, "theirs")])
        await other.close()
    await store.append(session.session_id, "run_1", [Text(1, "after")])
    await store.close()
    assert len(said) == 1
    again = SessionStore(place, said.append)
    await again.open()
    texts = [
        e.body.text for e in await again.events(session.session_id) if isinstance(e.body, Text)
    ]
    assert texts == ["before", "after"]
    assert len(await all_of(again)) == EVENTS + 2 + (what == "another")
    seqs = [event.seq for event in await again.events(session.session_id)]
    assert seqs == sorted(set(seqs))
    await again.close()


def limited(store: SessionStore, pages: int) -> None:
    """Let the database grow to so many pages, as a full disk does; 0: by much."""
    db = store._database._connection()
    used = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {used + pages or 1 << 30}")


async def test_a_full_disk_loses_nothing_that_was_told(place: Path) -> None:
    store = SessionStore(place)
    await store.open()
    session = await store.create(["/w"], "agent")
    await store.start_run(session.session_id, "run_full", "label")
    limited(store, 2)
    told = 0
    with pytest.raises(StoreFailed, match="disk is full; make room"):  # noqa: PT012
        for _ in range(100):
            await store.append(session.session_id, "run_full", [Text(1, "word " * 300)])
            told += 1
    for fact in (Applied(("/w/a",), ("h1",)), RunEnded("error", "full " * 2000)):
        with pytest.raises(StoreFailed):
            await store.append(session.session_id, "run_full", [fact, Text(1, "word " * 3000)])
    assert len(await store.events(session.session_id)) == told, "reading goes on"
    limited(store, 1 << 20)
    await store.append(session.session_id, "run_2", [Text(1, "there is room again")])
    kinds = [event.body.kind for event in await store.events(session.session_id)]
    assert kinds == ["text"] * told + ["applied", "run_ended", "text"]
    assert (await store.get(session.session_id)).runs[0].stop_reason == "error"
    await store.close()


async def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conversations are in memory then, and on the disk as soon as that takes them."""
    monkeypatch.setattr("arriero.sessions.database._AGAIN", 0.0)
    (tmp_path / "state").write_text("in the way")
    said: list[str] = []
    store = SessionStore(tmp_path / "state" / "sessions.db", said.append)
    await store.open()
    assert "cannot be kept" in said[0]
    session = await store.create(["/w"], "agent")
    await store.append(session.session_id, "run_1", [Text(1, "one")])
    assert len(await store.events(session.session_id)) == 1
    (tmp_path / "state").unlink()
    await store.append(session.session_id, "run_1", [Text(1, "two")])
    assert "kept in" in said[1]
    await store.close()
    again = SessionStore(tmp_path / "state" / "sessions.db", said.append)
    await again.open()
    assert len(await again.events(session.session_id)) == 2
    await again.close()
    assert len(said) == 2


async def test_the_clock_has_no_part_in_the_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SessionStore(tmp_path / "sessions.db")
    await store.open()
    made = []
    for at, now in enumerate((5e9, 1e9, 3e9, 2e9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        made.append((await store.create(["/w"], "agent")).session_id)
        await store.start_run(made[0], f"run_{at}", "label")
        await store.append(made[0], f"run_{at}", [Text(1, str(at)), RunEnded("end_turn", "")])
    found = await store.sessions()
    assert [one.session_id for one in found] == [made[0], *made[:0:-1]]
    assert [run.run_id for run in found[0].runs] == [f"run_{at}" for at in range(4)]
    fork = await store.fork(made[0], before="run_2")
    assert len(fork.runs) == 2
    await store.close()


def test_rows_that_no_reader_ends_are_left_out(place: Path, tmp_path: Path) -> None:
    source, target = connected(place), connected(tmp_path / "fresh.db")
    schema.migrate(target)
    source.execute("UPDATE events SET data = ? WHERE seq = 4", ("[" * 100_000,))
    assert copy(source, target) == Salvaged(SESSIONS, EVENTS - 1, whole=False)
    source.close()
    target.close()


async def test_an_event_that_cannot_be_read_hides_no_other(place: Path) -> None:
    merged(place)
    with sqlite3.connect(place) as db:
        db.execute("UPDATE events SET data = CAST(x'7b22ff' AS TEXT) WHERE seq = 1")
        deep = "[" * 100_000
        db.execute("UPDATE events SET data = ? WHERE seq = 4", (deep,))
        db.execute("UPDATE sessions SET folders = ? WHERE id = 'ses_2'", (deep,))
        db.execute("UPDATE sessions SET title = CAST(x'ff41' AS TEXT) WHERE id = 'ses_1'")
    db.close()
    store = SessionStore(place)
    await store.open()
    kinds = [event.body.kind for event in await store.events("ses_0")]
    assert kinds.count("unknown") == 1
    assert len(kinds) > 30
    assert len(await store.sessions()) == SESSIONS
    await store.close()
