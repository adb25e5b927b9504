"""OpenAI's `previous_response_id`: only what is new is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from arriero.gateway.dialect import Refused
from arriero.gateway.kept_answers import KeptAnswers
from arriero.gateway.sqlite_shelf import SqliteShelf
from arriero.models.rehearsal import Call, Simulator, Turn
from arriero.models.types import Message
from arriero.settings.api_keys import ApiKey
from gateway.gateway_server import Running, places, running

LOOK = {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places(tmp_path, monkeypatch)


async def respond(gateway: Running, said: Any, **fields: Any) -> httpx.Response:
    body = {"model": "rehearsal", "input": said, **fields}
    return await gateway.http.post("/v1/responses", json=body)


def sent(simulator: Simulator) -> list[tuple[str, str]]:
    """Return what the model was told last."""
    return [(m["role"], m["content"]) for m in (simulator.chats[-1].body or {})["messages"]]


@pytest.mark.parametrize("stream", [False, True])
async def test_it_goes_on(tmp_path: Path, stream: bool) -> None:
    turns = (Turn("Hello, Ann."), Turn("Ann."), Turn("Ben."))
    async with (
        Simulator(turns) as simulator,
        running(tmp_path, simulator, inject_tools="never") as gateway,
    ):
        first = (await respond(gateway, "I am Ann.", instructions="Be brief.")).json()
        assert (first["store"], first["previous_response_id"]) == (True, None)
        asked = {"previous_response_id": first["id"], "stream": stream}
        second = await respond(gateway, "Who am I?", **asked)
        assert second.status_code == 200
        assert "Ann." in second.text
        # Instructions are not taken over, as OpenAI has it.
        assert sent(simulator) == [
            ("user", "I am Ann."),
            ("assistant", "Hello, Ann."),
            ("user", "Who am I?"),
        ]
        # Two may go on from one answer.
        await respond(gateway, "And who is Ben?", instructions="Guess.", **asked)
        assert [role for role, _ in sent(simulator)] == ["system", "user", "assistant", "user"]
        assert "Who am I?" not in str(sent(simulator))


async def test_results_of_calls(tmp_path: Path) -> None:
    turns = (Turn(calls=[Call("look", {})]), Turn("A heron."))
    async with Simulator(turns) as simulator, running(tmp_path, simulator) as gateway:
        first = (await respond(gateway, "Look.", tools=[LOOK])).json()
        (call,) = [one for one in first["output"] if one["type"] == "function_call"]
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": "a heron"}
        asked = {"previous_response_id": first["id"], "tools": [LOOK]}
        second = (await respond(gateway, [result], **asked)).json()
        assert second["output"][-1]["content"][0]["text"] == "A heron."
        assert (simulator.chats[-1].body or {})["messages"][-1]["tool_name"] == "look"
        wrong = await respond(gateway, [{**result, "call_id": "nope"}], **asked)
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "input")


async def test_a_run_goes_on_in_its_session(tmp_path: Path) -> None:
    turns = (Turn(calls=[Call("list_directory", {"path": "."})]), Turn("Nothing."), Turn("Sure."))
    async with Simulator(turns) as simulator, running(tmp_path, simulator) as gateway:
        first = (await respond(gateway, "What is there?")).json()
        await respond(gateway, "Sure?", previous_response_id=first["id"])
        assert [role for role, _ in sent(simulator)][1:] == [
            "user", "assistant", "tool", "assistant", "user",
        ]  # fmt: skip


async def test_what_is_not_there(tmp_path: Path) -> None:
    async with (
        Simulator([Turn("One."), Turn("Two.")]) as simulator,
        running(tmp_path, simulator, inject_tools="never") as gateway,
    ):
        unknown = await respond(gateway, "Hi", previous_response_id="resp_nope")
        left = (await respond(gateway, "Hi", store=False)).json()
        forgotten = await respond(gateway, "Hi", previous_response_id=left["id"])
        for answer in (unknown, forgotten):
            told = answer.json()["error"]
            assert (answer.status_code, told["param"]) == (400, "previous_response_id")
        gateway.http.headers["X-Arriero-Session"] = "one"
        both = await respond(gateway, "Hi", previous_response_id="resp_nope")
        assert both.status_code == 400


async def test_each_key_has_its_own(tmp_path: Path) -> None:
    shelf = SqliteShelf(tmp_path / "kept.db", days=1)
    answers = KeptAnswers(shelf)
    ann, ben = (ApiKey(name, b"") for name in ("ann", "ben"))
    said = [Message("user", "Hi"), Message("assistant", "Hello.")]
    await answers.keep(ann, "resp_1", said)
    assert await answers.read(ann, "resp_1") == tuple(said)
    with pytest.raises(Refused, match="no response resp_1"):
        await answers.read(ben, "resp_1")
    await shelf.aclose()
