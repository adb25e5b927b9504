"""`arriero/chat`: one answer of a model, in pieces, with the client's own tools."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from arriero.models.types import Message, ToolCall, ToolSpec
from lsp.fake_hub import FakeHub
from lsp.raw_client import PATIENCE, RawClient, RpcError
from lsp.serving import Connect

WEATHER = {"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object"}}


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect()


def asking(**more: Any) -> dict[str, Any]:
    return {"model": "qwen3:8b", "messages": [{"role": "user", "content": "Hello"}], **more}


async def test_an_answer_in_pieces(client: RawClient, hub: FakeHub) -> None:
    params = asking(tools=[WEATHER], partialResultToken="piece")
    told = await client.request("arriero/chat", params)
    assert told == {"stopReason": "stop", "promptTokens": 100, "answerTokens": 20}
    call = {"id": "a", "name": "read_file", "arguments": {"path": "notes.txt"}}
    assert [one for one in client.all("$/progress") if one["token"] == "piece"] == [
        {"token": "piece", "value": {"text": "", "call": call}}
    ]
    [request] = hub.provider.asked
    assert request.messages == [Message("user", "Hello")]
    assert request.tools == [ToolSpec("weather", "Tells the weather.", {"type": "object"})]
    assert request.runner.num_ctx == 16_384, "as runs use the model"


async def test_a_conversation_with_calls(client: RawClient, hub: FakeHub) -> None:
    call = {"id": "1", "name": "weather", "arguments": {"city": "Jaca"}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How is it?"},
        {"role": "assistant", "content": "", "toolCalls": [call]},
        {"role": "tool", "content": "sunny", "toolCallId": "1", "toolName": "weather"},
    ]
    await client.request("arriero/chat", asking(messages=messages))
    assert hub.provider.asked[0].messages == [
        Message("system", "Be brief."),
        Message("user", "How is it?"),
        Message("assistant", "", tool_calls=(ToolCall("1", "weather", {"city": "Jaca"}),)),
        Message("tool", "sunny", tool_name="weather", tool_call_id="1"),
    ]
    assert client.all("$/progress") == [], "nobody asked for pieces"


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (asking(messages=[]), "-32602: `messages` is empty"),
        (asking(messages=[{"role": "robot"}]), "-32602: `role` is one of"),
        (asking(model="x"), "-32803: There is no model x; pull it first"),
        ({"messages": []}, "-32602"),
    ],
)
async def test_what_cannot_be_asked(
    client: RawClient, params: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RpcError, match=sentence):
        await client.request("arriero/chat", params)


async def test_a_chat_is_cancelled(client: RawClient, hub: FakeHub) -> None:
    hub.provider.pulled.append("endless")  # its answer never begins
    number, chatting = client.start("arriero/chat", asking(model="endless"))

    async def at_the_model() -> None:
        while not hub.provider.asked:
            await asyncio.sleep(0)

    await asyncio.wait_for(at_the_model(), PATIENCE)
    client.notify("$/cancelRequest", {"id": number})
    with pytest.raises(RpcError, match="-32800"):
        await asyncio.wait_for(chatting, PATIENCE)
