"""The session store: order, survival, forks, and databases of other versions."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from arriero.sessions.event_codec import decode, encode
from arriero.sessions.events import (
    Event,
    EventBody,
    FileDiff,
    Given,
    Location,
    Notice,
    RunEnded,
    RunStarted,
    StepEnded,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
    Unknown,
)
from arriero.sessions.owner import alive, this_process
from arriero.sessions.schema import VERSION
from arriero.sessions.session import NoSuchRun, UnknownSession
from arriero.sessions.store import SessionStore

BODIES: list[EventBody] = [
    RunStarted(
        "do",
        "do it",
        "agent",
        "m",
        "ollama",
        "system",
        given=(Given("a.py", "it is selected", 12),),
        not_given=("b.py: there is no room for it.",),
    ),
    Thought(1, "hm"),
    Text(1, "I "),
    Text(1, "look 🦙"),
    ToolStarted(1, "c1", "read_file", {"path": "a"}, "Read a", "read", (Location("/w/a", 3),)),
    ToolEnded(1, "c1", "read_file", "ok", "text", 5, (), (FileDiff("/w/a", None, "x"),)),
    StepEnded(1, 10, 20),
    Notice("warning", "slow"),
    RunEnded("end_turn", "done"),
]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SessionStore]:
    store = SessionStore(tmp_path / "state" / "sessions.db")
    await store.open()
    yield store
    await store.close()


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
def test_encode_and_decode_are_inverses(body: EventBody) -> None:
    import json

    assert decode(body.kind, json.loads(json.dumps(encode(body)))) == body


def test_events_of_a_newer_version_are_kept() -> None:
    body = decode("hologram", {"x": 1})
    assert body == Unknown("hologram", {"x": 1})
    assert encode(body) == {"x": 1}
    assert decode("text", {"step": 1, "text": "a", "colour": "red"}) == Text(1, "a")


async def test_events_come_back_in_order(store: SessionStore) -> None:
    session = await store.create(["/w"], "agent")
    await store.start_run(session.session_id, "run_1", "Do it")
    shown: list[Event] = []
    for body in BODIES:
        shown += await store.append(session.session_id, "run_1", [body])
    stored = await store.events(session.session_id)
    assert stored == shown
    assert [event.body for event in stored] == BODIES
    assert [event.seq for event in stored] == sorted({event.seq for event in stored})
    known = await store.get(session.session_id)
    assert known.title == "Do it"
    assert [(run.run_id, run.stop_reason) for run in known.runs] == [("run_1", "end_turn")]
    assert await store.run_session("run_1") == session.session_id
    assert await store.run_session("run_2") is None


async def test_many_writers_at_once(store: SessionStore) -> None:
    session = await store.create(["/w"], "agent")
    await asyncio.gather(
        *(store.append(session.session_id, "r", [Text(1, str(n))]) for n in range(200))
    )
    texts = [event.body for event in await store.events(session.session_id)]
    assert texts == [Text(1, str(n)) for n in range(200)]


async def test_a_second_process_sees_what_was_appended(store: SessionStore, tmp_path: Path) -> None:
    session = await store.create(["/w"], "agent")
    await store.append(session.session_id, "r", [Text(1, "shown")])
    with sqlite3.connect(f"file:{tmp_path}/state/sessions.db?mode=ro", uri=True) as other:
        assert other.execute("SELECT count(*) FROM events").fetchone() == (1,)
    other.close()


async def test_a_run_of_a_dead_process_is_ended_at_start(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    first = SessionStore(path)
    await first.open()
    session = await first.create(["/w"], "agent")
    await first.start_run(session.session_id, "run_1", "left")
    await first.append(session.session_id, "run_1", [Text(1, "half")])
    await first.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE runs SET owner = '1:0'")  # a name that process 1 does not have
    db.close()
    second = SessionStore(path)
    await second.open()
    last = (await second.events(session.session_id))[-1].body
    assert isinstance(last, RunEnded)
    assert last.stop_reason == "interrupted"
    assert (await second.get(session.session_id)).runs[0].stop_reason == "interrupted"
    await second.close()


async def test_a_run_of_a_living_process_goes_on(tmp_path: Path) -> None:
    first, second = SessionStore(tmp_path / "s.db"), SessionStore(tmp_path / "s.db")
    await first.open()
    session = await first.create(["/w"], "agent")
    await first.start_run(session.session_id, "run_1", "goes on")
    await second.open()
    assert (await second.get(session.session_id)).runs[0].stop_reason is None
    await first.close()
    await second.close()


@pytest.mark.parametrize("owner", ["", "x", "0:", "-1:5", "1:0", "99999999:1"])
def test_owners_that_are_dead(owner: str) -> None:
    assert not alive(owner)
    assert alive(this_process())


async def test_fork_copies_ended_runs_and_leaves_the_original(store: SessionStore) -> None:
    session = await store.create(["/w"], "edit", title="first")
    await store.start_run(session.session_id, "run_1", "x")
    await store.append(session.session_id, "run_1", BODIES)
    await store.update(session.session_id, model="m", provider="p")
    copy = await store.fork(session.session_id)
    assert copy.session_id != session.session_id
    assert (copy.mode, copy.model, copy.provider) == ("edit", "m", "p")
    assert [event.body for event in await store.events(copy.session_id)] == BODIES
    assert copy.runs[0].run_id != "run_1"
    assert await store.delete(session.session_id)
    assert len(await store.events(copy.session_id)) == len(BODIES)


async def test_a_fork_before_a_run_has_what_precedes_it(store: SessionStore) -> None:
    session = await store.create(["/w"], "edit", title="first")
    for run_id in ("run_1", "run_2", "run_3"):
        await store.start_run(session.session_id, run_id, f"label of {run_id}")
        await store.append(session.session_id, run_id, [RunEnded("end_turn", run_id)])
    copy = await store.fork(session.session_id, "run_3")
    assert [event.body for event in await store.events(copy.session_id)] == [
        RunEnded("end_turn", "run_1"),
        RunEnded("end_turn", "run_2"),
    ]
    assert (copy.title, len(copy.runs)) == ("first", 2)
    # What is left of nothing is named by its own first run.
    empty = await store.fork(session.session_id, "run_1")
    assert (empty.title, empty.runs) == ("", ())
    with pytest.raises(NoSuchRun, match="no run 'run_9'"):
        await store.fork(session.session_id, "run_9")


async def test_list_is_newest_first_and_by_folder(store: SessionStore) -> None:
    one = await store.create(["/a"], "agent")
    two = await store.create(["/b", "/a"], "agent")
    three = await store.create(["/c"], "agent")
    await store.start_run(one.session_id, "r", "later")
    assert [s.session_id for s in await store.sessions(["/a"])] == [one.session_id, two.session_id]
    assert three.session_id in [s.session_id for s in await store.sessions()]
    assert [s.session_id for s in await store.sessions(["/b"], most=1)] == [two.session_id]
    await store.update(one.session_id, title="First")
    used = await store.sessions(["/b", "/a"], most=1, used=True)
    assert [(s.session_id, s.title, len(s.runs)) for s in used] == [(one.session_id, "First", 1)]
    assert await store.sessions(["/b"], used=True) == []
    assert await store.sessions(["/c"], most=1) == [three]


async def test_what_is_not_there(store: SessionStore) -> None:
    for ask in (store.get, store.events, store.fork):
        for odd in ("\ud800", "a\0b", "é"):
            with pytest.raises(UnknownSession):
                await ask(odd)
            assert await store.run_session(odd) is None
        with pytest.raises(UnknownSession, match="no session 'ses_x'"):
            await ask("ses_x")
    assert not await store.delete("ses_x")


async def test_a_newer_database_is_left_alone_and_another_used(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    said: list[str] = []
    for _ in range(2):
        store = SessionStore(path, said.append)
        await store.open()
        await store.create(["/w"], "agent")
        assert store.path == tmp_path / f"sessions-v{VERSION}.db"
        found = await store.sessions()
        await store.close()
    assert len(found) == 2
    assert "Update Arriero" in said[0]
    with sqlite3.connect(path) as newer:
        assert newer.execute("PRAGMA user_version").fetchone() == (99,)
        assert not newer.execute("SELECT * FROM sqlite_master").fetchall()
    newer.close()


async def test_the_database_is_private(store: SessionStore, tmp_path: Path) -> None:
    assert (tmp_path / "state" / "sessions.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
