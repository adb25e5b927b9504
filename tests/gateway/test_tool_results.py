"""In a session a client may send the result of a call and nothing else, in every dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from arriero.models.rehearsal import Call, Simulator, Turn
from gateway.gateway_server import Running, places, running

Read = Callable[[Mapping[str, Any]], str]
Tell = Callable[[str], Mapping[str, Any]]

SCHEMA = {"type": "object", "properties": {}}
SESSION = {"x-arriero-session": "s1"}


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    places(tmp_path, monkeypatch)
    turns = (Turn(calls=(Call("weather"),)), Turn("Sunny it is."))
    async with (
        Simulator(turns) as simulator,
        running(tmp_path, simulator, inject_tools="never") as made,
    ):
        yield made


def _chat_call(answer: Mapping[str, Any]) -> str:
    return str(answer["choices"][0]["message"]["tool_calls"][0]["id"])


def _chat_result(call: str) -> Mapping[str, Any]:
    return {"messages": [{"role": "tool", "tool_call_id": call, "content": "sunny"}]}


def _message_call(answer: Mapping[str, Any]) -> str:
    return str(answer["content"][0]["id"])


def _message_result(call: str) -> Mapping[str, Any]:
    block = {"type": "tool_result", "tool_use_id": call, "content": "sunny"}
    return {"max_tokens": 50, "messages": [{"role": "user", "content": [block]}]}


def _response_call(answer: Mapping[str, Any]) -> str:
    return str(next(one for one in answer["output"] if one["type"] == "function_call")["call_id"])


def _response_result(call: str) -> Mapping[str, Any]:
    return {"input": [{"type": "function_call_output", "call_id": call, "output": "sunny"}]}


HELLO = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 50}
WAYS: dict[str, tuple[Mapping[str, Any], Read, Tell]] = {
    "/v1/chat/completions": (
        {**HELLO, "tools": [{"type": "function", "function": {"name": "weather"}}]},
        _chat_call,
        _chat_result,
    ),
    "/v1/messages": (
        {**HELLO, "tools": [{"name": "weather", "input_schema": SCHEMA}]},
        _message_call,
        _message_result,
    ),
    "/v1/responses": (
        {"input": "Hi", "tools": [{"type": "function", "name": "weather", "parameters": SCHEMA}]},
        _response_call,
        _response_result,
    ),
}


@pytest.mark.parametrize("path", WAYS)
async def test_the_result_alone(gateway: Running, path: str) -> None:
    first, read, tell = WAYS[path]
    tools = {"model": "rehearsal", "tools": first["tools"]}
    asked = await gateway.http.post(path, json={**first, **tools}, headers=SESSION)
    body = {**tools, **tell(read(asked.json()))}
    answer = await gateway.http.post(path, json=body, headers=SESSION)
    assert answer.status_code == 200, answer.text
    assert "Sunny it is." in answer.text
    messages = (gateway.simulator.chats[-1].body or {})["messages"]
    assert [one["role"] for one in messages] == ["user", "assistant", "tool"]
    assert (messages[-1]["tool_name"], messages[-1]["content"]) == ("weather", "sunny")


@pytest.mark.parametrize("headers", [{}, SESSION], ids=["alone", "in a session"])
@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/messages", "messages[0].content[0].tool_use_id"),
        ("/v1/responses", "input[0].call_id"),
        ("/v1/messages/count_tokens", "messages[0].content[0].tool_use_id"),
    ],
)
async def test_of_a_call_that_was_not_made(
    gateway: Running, path: str, where: str, headers: Mapping[str, str]
) -> None:
    tell = WAYS[path.removesuffix("/count_tokens")][2]
    body = {"model": "rehearsal", **tell("gone")}
    answer = await gateway.http.post(path, json=body, headers=headers)
    assert answer.status_code == 400
    assert f"{where} must be the id of a call before it." in answer.text
    assert not gateway.simulator.chats


async def test_a_model_is_loaded_in_a_session_too(gateway: Running) -> None:
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hi"}], "stream": False}
    await gateway.http.post("/api/chat", json=body, headers=SESSION)
    asked = {**body, "messages": []}
    answer = (await gateway.http.post("/api/chat", json=asked, headers=SESSION)).json()
    assert (answer["done_reason"], answer["message"]["content"]) == ("load", "")
