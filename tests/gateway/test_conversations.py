"""Conversations that are kept: on SQLite and on a real Redis, by several gateways at once."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.gateway import machine_clock, message_codec
from arriero.gateway.conversations import Conversations, Shelf, ShelfFailed
from arriero.gateway.dialect import Refused
from arriero.gateway.joining import answer_of, joined
from arriero.gateway.keys import ANYBODY
from arriero.gateway.redis_client import RedisLink
from arriero.gateway.redis_shelf import RedisShelf
from arriero.gateway.sqlite_shelf import SqliteShelf
from arriero.models.types import (
    Chunk,
    Finished,
    Message,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)
from arriero.settings.api_keys import ApiKey
from gateway.dying import HELLO, HI, take_and_die
from gateway.redis_process import MISSING, installed, redis_server

SYSTEM = Message("system", "Be brief.")
MORE = Message("user", "And now?")
CALL = Message("assistant", "", tool_calls=(ToolCall("c1", "look", {"at": "x"}),))
RESULT = Message("tool", "seen", tool_name="look", tool_call_id="c1")


@pytest.mark.parametrize(
    ("kept", "sent", "expected"),
    [
        ([], [HELLO], [HELLO]),
        ([HELLO, HI], [MORE], [HELLO, HI, MORE]),
        ([SYSTEM, HELLO, HI], [MORE], [SYSTEM, HELLO, HI, MORE]),
        ([SYSTEM, HELLO, HI], [Message("system", "New."), MORE],
         [Message("system", "New."), HELLO, HI, MORE]),
        # all of it is sent again: as the client has it
        ([HELLO, HI], [HELLO, Message("assistant", "Hi "), MORE],
         [HELLO, Message("assistant", "Hi "), MORE]),
        # the same words a second time are new
        ([HELLO, HI], [HELLO], [HELLO, HI, HELLO]),
        ([HELLO, CALL], [RESULT], [HELLO, CALL, RESULT]),
        ([HELLO, CALL], [MORE],
         [HELLO, CALL, Message("tool", "This call was not executed.", tool_name="look",
                               tool_call_id="c1"), MORE]),
        ([HELLO, CALL], [Message("tool", "seen", tool_name="look")],
         [HELLO, CALL, Message("tool", "seen", tool_name="look")]),
    ],
)  # fmt: skip
def test_what_was_kept_and_what_is_sent(
    kept: list[Message], sent: list[Message], expected: list[Message]
) -> None:
    assert list(joined(kept, sent)) == expected


def test_an_answer_as_a_message() -> None:
    call = ToolCall("1", "look", {})
    chunks: list[Chunk] = [ThinkingChunk("h"), ThinkingChunk("m"), TextChunk("a"), TextChunk("b"),
              ToolCallChunk(call), Finished("stop", Usage())]  # fmt: skip
    assert answer_of(chunks) == Message("assistant", "ab", "hm", (call,))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
calls = st.builds(
    ToolCall, texts, texts, st.dictionaries(texts, texts | st.integers() | st.none(), max_size=3)
)
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    texts,
    texts,
    st.lists(calls, max_size=2).map(tuple),
    st.none() | texts,
    st.none() | texts,
    st.lists(st.binary(max_size=30), max_size=2).map(tuple),
)


@given(st.lists(messages, max_size=6))
def test_what_is_stored_is_read_again(conversation: list[Message]) -> None:
    assert message_codec.decode(message_codec.encode(conversation)) == tuple(conversation)


@pytest.mark.parametrize("text", ["", "{", "3", "[3]", '[{"role": "user"}]', '[{"images": [1]}]'])
def test_what_is_no_conversation(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever
        message_codec.decode(text)


Make = Callable[[], Shelf]


@pytest.fixture(params=["sqlite", "redis"])
async def make(request: pytest.FixtureRequest, runtime: Path) -> AsyncIterator[Make]:
    """What opens the same shelf any number of times, as several gateways do."""
    opened: list[Shelf] = []

    def opening(new: Callable[[], Shelf]) -> Make:
        def one() -> Shelf:
            opened.append(new())
            return opened[-1]

        return one

    if request.param == "sqlite":
        yield opening(lambda: SqliteShelf(runtime / "kept.db"))
        for shelf in opened:
            await shelf.aclose()
        return
    if not installed():
        pytest.skip(MISSING)
    with redis_server(runtime) as url:
        yield opening(lambda: RedisShelf(RedisLink(url)))
        for shelf in opened:
            await shelf.aclose()


async def say(gateway: Conversations, text: str, owner: ApiKey = ANYBODY) -> list[str]:
    """Ask in session `s`, and return what the model was sent."""
    async with gateway.hold(owner, "s") as held:
        asked = joined(held.messages, [Message("user", text)])
        await asyncio.sleep(0)
        await held.keep((*asked, Message("assistant", f"re: {text}")))
    return [message.content for message in asked]


async def test_a_conversation_that_alternates_between_two_gateways(make: Make) -> None:
    one, two = Conversations(make()), Conversations(make())
    assert await say(one, "a") == ["a"]
    assert await say(two, "b") == ["a", "re: a", "b"]
    assert await say(one, "c") == ["a", "re: a", "b", "re: b", "c"]
    assert await two.count() == 1


async def test_requests_at_once_do_not_lose_each_other(make: Make) -> None:
    gateways = [Conversations(make()) for _ in range(2)]
    await asyncio.gather(*(say(gateways[n % 2], str(n)) for n in range(10)))
    asked = await say(gateways[0], "last")
    assert sorted(word for word in asked if word.isdigit()) == [str(n) for n in range(10)]
    assert gateways[0].waiting == 0


async def test_a_session_belongs_to_its_key(make: Make) -> None:
    gateway = Conversations(make())
    await say(gateway, "mine", ApiKey("one", b"1"))
    assert await say(gateway, "yours", ApiKey("two", b"2")) == ["yours"]


async def test_a_request_that_is_cancelled_leaves_no_lock(make: Make) -> None:
    gateway = Conversations(make())
    holds = asyncio.Event()

    async def stuck() -> None:
        async with gateway.hold(ANYBODY, "s"):
            holds.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stuck())
    await holds.wait()
    waiting = asyncio.create_task(say(gateway, "waits"))
    await asyncio.sleep(0)
    waiting.cancel()
    task.cancel()
    await asyncio.gather(task, waiting, return_exceptions=True)
    assert await asyncio.wait_for(say(gateway, "next"), 10) == ["next"]


class Machine:
    """The clock since the machine was started, and the name of that start."""

    def __init__(self) -> None:
        self.now, self.name = 1000.0, "first"

    def shelf(self, path: Path) -> SqliteShelf:
        return SqliteShelf(path, clock=lambda: self.now, boot=lambda: self.name)


@pytest.mark.parametrize(
    ("passed", "boot", "free"),
    [
        (0.0, "first", False),
        (14.9, "first", False),
        (15.1, "first", True),
        (0.0, "second", True),
        (-990.0, "second", True),  # the clock begins anew
        (-500_000.0, "first", True),  # a system without names of its boots
    ],
)
async def test_when_a_lease_is_over(tmp_path: Path, passed: float, boot: str, free: bool) -> None:
    machine = Machine()
    machine.now = 501_000.0
    one, two = machine.shelf(tmp_path / "kept.db"), machine.shelf(tmp_path / "kept.db")
    assert await one.lock("k", "a", 15)
    machine.now, machine.name = machine.now + passed, boot
    assert await two.lock("k", "b", 15) is free
    assert await one.write("k", "a", "[]") is not free
    for shelf in (one, two):
        await shelf.aclose()


@pytest.mark.parametrize("jump", [-(10**7), -100, 100, 10**7])
async def test_a_clock_that_is_set_changes_no_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    """Neither is one that is held free, nor one held that has run out."""
    day = time.time()
    machine = Machine()
    one, two = machine.shelf(tmp_path / "kept.db"), machine.shelf(tmp_path / "kept.db")
    assert await one.lock("k", "a", 15)
    monkeypatch.setattr(time, "time", lambda: day + jump)
    assert not await two.lock("k", "b", 15)
    machine.now += 10
    assert await one.renew("k", "a", 15)
    machine.now += 10
    assert not await two.lock("k", "b", 15)
    machine.now += 6
    assert await two.lock("k", "b", 15)
    assert not await one.renew("k", "a", 15)
    for shelf in (one, two):
        await shelf.aclose()


async def test_locks_of_an_earlier_version(tmp_path: Path) -> None:
    """They went by the time of day; what was kept stays."""
    path = tmp_path / "kept.db"
    db = sqlite3.connect(path)
    db.executescript(
        "CREATE TABLE kept (key TEXT PRIMARY KEY, text TEXT NOT NULL, at REAL NOT NULL);"
        "CREATE TABLE locks (key TEXT PRIMARY KEY, token TEXT NOT NULL, owner TEXT NOT NULL, "
        "until REAL NOT NULL);"
    )
    db.execute("INSERT INTO kept VALUES ('k', 'said', ?)", (time.time(),))
    db.execute("INSERT INTO locks VALUES ('k', 'a', 'x', ?)", (time.time() + 10,))
    db.commit()
    db.close()
    shelf = SqliteShelf(path)
    assert await shelf.lock("k", "b", 15)
    assert await shelf.read("k") == "said"
    await shelf.aclose()


def test_processes_have_the_same_clock() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        before = machine_clock.seconds()
        there, boot = pool.apply(machine_clock.seconds), pool.apply(machine_clock.boot)
        assert before <= there <= machine_clock.seconds()
        assert boot == machine_clock.boot()


async def test_a_lease_is_renewed_while_it_is_worked(make: Make) -> None:
    one, two = Conversations(make(), lease=0.3), Conversations(make(), lease=0.3, patience=0.9)
    async with one.hold(ANYBODY, "s") as held:
        with pytest.raises(Refused, match="still works in this session") as caught:
            await say(two, "impatient")
        assert caught.value.fault == "overloaded"
        await held.keep([HELLO])
    assert await say(two, "now") == ["Hello", "now"]


async def test_a_renewal_that_loses_its_cancellation_keeps_nobody_waiting(tmp_path: Path) -> None:
    """As what it waits for may, where that ends in the same moment."""

    class Deaf(SqliteShelf):
        renews = asyncio.Event()

        async def renew(self, key: str, token: str, lease: float) -> bool:
            self.renews.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            return True

    shelf = Deaf(tmp_path / "kept.db")

    async def ask() -> None:
        async with Conversations(shelf, lease=0.03).hold(ANYBODY, "s"):
            await asyncio.wait_for(shelf.renews.wait(), 60)

    _, waiting = await asyncio.wait([asyncio.create_task(ask())], timeout=10)
    for one in waiting:  # twice, as the first is lost as well
        one.cancel()
        await asyncio.wait([one], timeout=1)
        one.cancel()
    await shelf.aclose()
    assert not waiting


async def test_who_lost_the_lease_stores_nothing(make: Make) -> None:
    shelf, other = make(), make()
    assert await shelf.lock("k", "old", 0.05)
    assert await shelf.lock("k", "old", 0.05), "the same holder may take it again"
    while not await other.lock("k", "new", 30):  # until the lease runs out
        await asyncio.sleep(0.01)
    assert not await shelf.write("k", "old", "late")
    assert not await shelf.renew("k", "old", 30)
    await shelf.unlock("k", "old")
    assert not await shelf.lock("k", "old", 30)
    assert await other.write("k", "new", "text")
    assert await shelf.read("k") == "text"


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_a_gateway_is_killed_and_the_next_request_works(kind: str, runtime: Path) -> None:
    """Its lock ends with the lease in Redis, and at once where the process is known."""
    path = runtime / "kept.db"
    if kind == "sqlite":
        await _killed(path, None)
        return
    if not installed():
        pytest.skip(MISSING)
    with redis_server(runtime) as url:
        await _killed(path, url)


async def _killed(path: Path, url: str | None) -> None:
    lease = 0.5 if url is not None else 300.0
    process = multiprocessing.get_context("spawn").Process(
        target=take_and_die, args=(str(path), url, lease)
    )
    process.start()
    await asyncio.to_thread(process.join, 60)
    assert process.exitcode == -9
    shelf: Shelf = SqliteShelf(path) if url is None else RedisShelf(RedisLink(url))
    gateway = Conversations(shelf, patience=20)
    assert await say(gateway, "still here?") == ["Hello", "Hi", "still here?"]
    await gateway.aclose()


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 201, "a\n"])
async def test_a_name_that_is_wrong(name: str, tmp_path: Path) -> None:
    gateway = Conversations(SqliteShelf(tmp_path / "kept.db"))
    with pytest.raises(Refused, match="visible ASCII") as caught:
        async with gateway.hold(ANYBODY, name):
            pass
    assert caught.value.fault == "invalid"
    await gateway.aclose()


async def test_what_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "kept.db").write_bytes(b"this is no database at all" * 100)
    broken: list[Shelf] = [
        SqliteShelf(tmp_path / "kept.db"),
        RedisShelf(RedisLink(f"unix://{tmp_path}/none.sock")),
    ]
    for shelf in broken:
        gateway = Conversations(shelf)
        with pytest.raises(Refused, match=r"cannot be used|does not answer") as caught:
            await say(gateway, "x")
        assert caught.value.fault == "unavailable"
        with pytest.raises(ShelfFailed):
            await gateway.count()
        await gateway.aclose()


async def test_what_sqlite_took_back_by_itself_is_told_by_its_cause(tmp_path: Path) -> None:
    """As it does where a disk is full or fails: then there is nothing left to take back."""
    shelf = SqliteShelf(tmp_path / "kept.db")
    assert await shelf.lock("a", "t", 30)
    with sqlite3.connect(tmp_path / "kept.db") as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON kept "
            "BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END"
        )
    with pytest.raises(ShelfFailed, match="the disk is full"):
        await shelf.write("a", "t", "text")
    db.execute("DROP TRIGGER full")
    db.close()
    assert await shelf.write("a", "t", "text")
    assert await shelf.read("a") == "text"
    await shelf.aclose()


async def test_a_disk_that_can_be_read_and_not_written_is_told_when_it_is_looked_at(
    tmp_path: Path,
) -> None:
    shelf = SqliteShelf(tmp_path / "kept.db")
    await shelf.check()
    with sqlite3.connect(tmp_path / "kept.db") as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON locks "
            "BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END"
        )
    with pytest.raises(ShelfFailed, match="the disk is full"):
        await shelf.check()
    db.execute("DROP TRIGGER full")
    db.close()
    await shelf.check()
    assert await shelf.count() == 0
    await shelf.aclose()


async def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    shelf = SqliteShelf(tmp_path / "kept.db", days=0)
    for key in ("a", "b"):
        await shelf.lock(key, "t", 30)
        await shelf.write(key, "t", "text")
    assert await shelf.read("a") is None
    await shelf.aclose()
