"""`arriero acp` in this process, with a daemon that says what a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from arriero.cli.acp import folders
from arriero.cli.acp.agent import StdioAgent
from arriero.cli.acp.wire import Wire
from cli.fake_daemon import FakeDaemon
from cli.play import OLD, Play

CANCEL = {"method": "session/cancel", "params": {"sessionId": "s1"}}
PROMPT = {"method": "session/prompt", "params": {"sessionId": "s1", "prompt": []}}
CLOSED = {"outcome": {"outcome": "cancelled"}}
ACCEPT = {"outcome": {"outcome": "selected", "optionId": "accept"}}


class Editor:
    """The client: what it sends in one piece arrives so."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()
        self._came: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self._came.put_nowait(json.loads(data))

    def send(self, *messages: dict[str, Any]) -> None:
        lines = [json.dumps({"jsonrpc": "2.0", **one}) + "\n" for one in messages]
        self.reader.feed_data("".join(lines).encode())

    async def sees(self, **wanted: Any) -> dict[str, Any]:
        """Return the next message that has these members; others are passed over."""
        while True:
            message = await self._came.get()
            if wanted.items() <= message.items():
                return message


@asynccontextmanager
async def editor(work: Path) -> AsyncIterator[Editor]:
    """A client with the session s1."""
    client = Editor()
    wire = Wire(client.reader, cast("asyncio.StreamWriter", client))
    agent = StdioAgent(wire)
    serving = asyncio.ensure_future(wire.serve(agent.methods))
    files = {"clientCapabilities": {"fs": {"readTextFile": True}}}
    client.send({"id": 1, "method": "initialize", "params": files})
    client.send({"id": 2, "method": "session/new", "params": {"cwd": str(work), "mcpServers": []}})
    await client.sees(id=2)
    try:
        yield client
    finally:
        client.reader.feed_eof()
        await serving
        await agent.close()


@pytest.fixture
def play(daemon: FakeDaemon, work: Path) -> Play:
    return Play(daemon, work)


def hold_up(monkeypatch: pytest.MonkeyPatch, daemon: FakeDaemon, until: str) -> None:
    """Have the next look at a folder take until the daemon has got such a message."""
    real, first = folders._canonical, iter([True])

    def look(folder: str) -> str:
        if next(first, False):
            daemon.wait_for(until)
        return real(folder)

    monkeypatch.setattr(folders, "_canonical", look)


async def test_a_cancel_right_behind_a_prompt_ends_it(
    daemon: FakeDaemon, play: Play, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.stop_reason = "hang"
    async with editor(work) as client:
        hold_up(monkeypatch, daemon, until="session/cancel")
        client.send({"id": 3, **PROMPT}, CANCEL)
        assert (await client.sees(id=3))["result"]["stopReason"] == "cancelled"
    told = [name for name, _ in daemon.received if name in ("session/prompt", "session/cancel")]
    assert told == ["session/prompt", "session/cancel"]


async def test_a_cancel_in_front_of_a_prompt_does_nothing(
    daemon: FakeDaemon, play: Play, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with editor(work) as client:
        hold_up(monkeypatch, daemon, until="session/prompt")
        client.send(CANCEL, {"id": 3, **PROMPT})
        question = await client.sees(method="session/request_permission")
        client.send({"id": question["id"], "result": CLOSED})
        assert (await client.sees(id=3))["result"]["stopReason"] == "end_turn"
    assert not daemon.sent("session/cancel")


async def test_a_question_of_the_review_ends_with_a_cancel(play: Play, work: Path) -> None:
    async with editor(work) as client:
        client.send({"id": 3, **PROMPT})
        question = await client.sees(method="session/request_permission")
        client.send(CANCEL)
        assert (await client.sees(id=3))["result"]["stopReason"] == "cancelled"
        # What comes too late is an answer to nothing, and the session goes on.
        client.send({"id": question["id"], "result": ACCEPT}, {"id": 4, **PROMPT})
        await client.sees(method="session/request_permission")
        client.send(CANCEL)
        assert (await client.sees(id=4))["result"]["stopReason"] == "cancelled"
    assert play.path.read_text() == OLD


async def test_a_cancel_while_a_buffer_is_read_applies_nothing(play: Play, work: Path) -> None:
    async with editor(work) as client:
        client.send({"id": 3, **PROMPT})
        question = await client.sees(method="session/request_permission")
        client.send({"id": question["id"], "result": ACCEPT})
        await client.sees(method="fs/read_text_file")
        client.send(CANCEL)
        assert (await client.sees(id=3))["result"]["stopReason"] == "cancelled"
    assert play.path.read_text() == OLD


async def test_nothing_is_asked_after_a_cancel(daemon: FakeDaemon, play: Play, work: Path) -> None:
    """The run was over as the cancel came."""
    daemon.deaf = True
    held = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def proposal(_client: Any, _params: Any) -> Any:
        loop.call_soon_threadsafe(held.set)
        await asyncio.to_thread(daemon.wait_for, "session/cancel")
        return play.proposal()

    daemon.on("arriero/proposal", proposal)
    async with editor(work) as client:
        client.send({"id": 3, **PROMPT})
        await held.wait()
        client.send(CANCEL)
        while "id" not in (message := await client.sees()):
            pass
    assert (message["id"], message["result"]["stopReason"]) == (3, "cancelled")


async def test_a_question_of_the_run_ends_with_a_cancel(
    daemon: FakeDaemon, play: Play, work: Path
) -> None:
    async def asks(client: Any, params: Any) -> Any:
        asking = asyncio.ensure_future(
            client.request("session/request_permission", {"sessionId": params["sessionId"]})
        )
        await client.cancelled.wait()
        asking.cancel()
        return {"stopReason": "cancelled", "_meta": {"arriero": {"runId": "r1"}}}

    daemon.on("session/prompt", asks)
    async with editor(work) as client:
        client.send({"id": 3, **PROMPT})
        await client.sees(method="session/request_permission")
        client.send(CANCEL)
        assert (await client.sees(id=3))["result"]["stopReason"] == "cancelled"


async def test_a_second_prompt_is_refused_during_the_review(play: Play, work: Path) -> None:
    async with editor(work) as client:
        client.send({"id": 3, **PROMPT})
        await client.sees(method="session/request_permission")
        client.send({"id": 4, **PROMPT})
        assert "still answering" in (await client.sees(id=4))["error"]["message"]
        client.send(CANCEL)
        assert (await client.sees(id=3))["result"]["stopReason"] == "cancelled"
