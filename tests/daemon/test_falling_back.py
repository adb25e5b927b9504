"""A chain of models falls over in the middle of a run, and the one that works keeps the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.fakes import FakeEditor
from arriero.agent.request import RunResult
from arriero.daemon.hub import Hub
from arriero.models.rehearsal import Call, Fault, Hold, SimulatedModel, Simulator, Turn
from arriero.sessions.events import EventBody, Notice, Text
from daemon.bench import ask, for_ever

FIRST = SimulatedModel("first", capabilities=("completion", "tools"))
SECOND = SimulatedModel("second", path="leaky", capabilities=("completion",))
THIRD = SimulatedModel("third", capabilities=("completion", "tools"))
LIST = Turn(calls=(Call("list_files", {"path": "."}),))
PRINTED = Turn('<tool_call>{"name": "list_files", "arguments": {"path": "."}}</tool_call>')
DONE = Turn("Done.")
CUT = Turn("Half of it", fault=Fault("cut", 2))


def status(number: int, text: str) -> Turn:
    return Turn(fault=Fault("status", text=text, status=number))


async def run(
    tmp_path: Path, model: str, addresses: Sequence[str], **agent: Any
) -> tuple[RunResult, list[EventBody]]:
    """One run in a folder; its result, and its events' bodies."""
    (tmp_path / "work").mkdir()
    names = ("one", "two", "three")
    settings = {
        "model": model,
        "provider": "one",
        "agent": {"probe": False, **agent},
        "providers": {
            name: {"kind": "ollama", "base_url": address, "max_retries": 0}
            for name, address in zip(names, addresses, strict=False)
        },
    }
    hub = Hub(tmp_path / "state", tmp_path / "cache", sleep=for_ever)
    await hub.open()
    try:
        attachment = await hub.attach([str(tmp_path / "work")], FakeEditor())
        await attachment.set_editor_settings(settings, trusted=False)
        result = await ask(attachment, mode="ask")
        events = await attachment.events(result.session_id)
        return result, [event.body for event in events]
    finally:
        await hub.close()


def notices(bodies: Sequence[EventBody]) -> list[str]:
    return [one.text for one in bodies if isinstance(one, Notice) and "from now on" in one.text]


FAILURES: list[tuple[str, list[Turn], str]] = [
    ("at the first request", [status(500, "no")], "one"),
    ("busy", [LIST, status(503, "server busy, please try again.")], "two"),
    ("broken inside", [LIST, status(500, "something broke")], "two"),
    ("gone", [LIST, status(404, "model 'first' not found")], "two"),
    ("no memory", [LIST, status(500, "model requires more system memory (9 GiB)")], "two"),
    ("it dies before a word, each time", [LIST, *[Turn(fault=Fault("cut"))] * 3], "two"),
]


@pytest.mark.parametrize(
    ("turns", "when"), [row[1:] for row in FAILURES], ids=[r[0] for r in FAILURES]
)
async def test_the_next_takes_the_rest_of_the_run(
    tmp_path: Path, turns: list[Turn], when: str
) -> None:
    """In its own form of tools, with its own options, and with all that was said before."""
    async with (
        Simulator(turns, models=[FIRST]) as one,
        Simulator([PRINTED, DONE], models=[SECOND]) as two,
    ):
        addresses = [one.base_url, two.base_url]
        result, bodies = await run(tmp_path, "first@one, else second@two", addresses)
        assert len(one.chats) == len(turns)  # and nothing after it failed
        asked = [chat.body for chat in two.chats]
    assert (result.stop_reason, result.message) == ("end_turn", "Done.")
    (told,) = notices(bodies)
    assert told.startswith("second of two answers from now on: ")
    assert [body["model"] for body in asked] == ["second", "second"]
    said = asked[0]["messages"]
    assert not asked[0].get("tools")  # it was not given what it cannot use
    assert len(said) == (2 if when == "one" else 4)
    assert asked[1]["messages"][: len(said)] == said


async def test_a_server_that_is_not_there_any_more(tmp_path: Path) -> None:
    """It is gone while it is asked, and then nothing answers; one of the chain is not there."""
    hold = Hold()
    async with (
        Simulator([LIST, Turn("never", holds=[hold])], models=[FIRST]) as one,
        Simulator([LIST, DONE], models=[THIRD]) as two,
    ):

        async def stop() -> None:
            await hold.reached.wait()
            await one.stop()

        stopping = asyncio.create_task(stop())
        chain = "first@one, else gone@two, else third@two"
        result, bodies = await run(tmp_path, chain, [one.base_url, two.base_url])
        await stopping
    assert (result.stop_reason, result.message) == ("end_turn", "Done.")
    (told,) = notices(bodies)
    assert told.startswith("third of two answers from now on")


async def test_never_once_words_were_shown(tmp_path: Path) -> None:
    """The step is the first model's, which is asked again as ever, and fails."""
    dead = status(503, "server busy")
    async with (
        Simulator([LIST, CUT, dead], models=[FIRST]) as one,
        Simulator([DONE], models=[THIRD]) as two,
    ):
        result, bodies = await run(
            tmp_path, "first@one, else third@two", [one.base_url, two.base_url]
        )
        assert not two.chats
    assert any(isinstance(body, Text) for body in bodies)
    assert (result.stop_reason, notices(bodies)) == ("error", [])


async def test_a_chain_that_is_spent(tmp_path: Path) -> None:
    """What the last said is told, and each is asked once."""
    async with (
        Simulator([LIST, status(503, "busy")], models=[FIRST]) as one,
        Simulator([LIST, status(500, "worn out")], models=[THIRD]) as two,
    ):
        result, bodies = await run(
            tmp_path, "first@one, else third@two, else gone@two", [one.base_url, two.base_url]
        )
        assert (len(one.chats), len(two.chats)) == (2, 2)
    assert result.stop_reason == "error"
    assert len(notices(bodies)) == 1


async def test_what_is_wrong_with_the_request_stays_where_it_is(tmp_path: Path) -> None:
    """Another model would be asked the same, which does not fit any better."""
    tiny = SimulatedModel("first", capabilities=("completion", "tools"), trained_window=256)
    async with (
        Simulator([DONE], models=[tiny]) as one,
        Simulator([DONE], models=[THIRD]) as two,
    ):
        result, _ = await run(tmp_path, "first@one, else third@two", [one.base_url, two.base_url])
        assert not two.chats
    assert result.stop_reason == "error"
