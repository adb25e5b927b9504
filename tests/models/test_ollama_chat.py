"""Chatting through the ollama package's client: requests, chunks, leaving."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing

import pytest

from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import Call, Hold, SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.catalog import Path
from arriero.models.types import (
    ChatRequest,
    Finished,
    Message,
    RunnerOptions,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    ToolSpec,
)
from models.chatting import HELLO, READ, collect, started, text


@pytest.mark.parametrize("path", ["native", "rendered"])
async def test_an_answer_with_everything(path: Path) -> None:
    model = SimulatedModel("m", path=path, capabilities=("completion", "tools", "thinking"))
    calls = [Call("read_file", {"path": name, "deep": {"x": None}}) for name in ("a", "b")]
    turn = Turn("I will read.", thinking="Two files.", calls=calls)
    async with Simulator([turn], models=[model]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        chunks = await collect(provider, ChatRequest("m", HELLO.messages, tools=[READ]))
        await provider.aclose()
        assert simulator.chats[0].finished_at is not None  # read to its end, not cut
    thinking = "".join(chunk.text for chunk in chunks if isinstance(chunk, ThinkingChunk))
    made = [chunk.call for chunk in chunks if isinstance(chunk, ToolCallChunk)]
    assert (text(chunks), thinking) == ("I will read.", "Two files.")
    assert [(call.name, call.arguments) for call in made] == [
        ("read_file", {"path": "a", "deep": {"x": None}}),
        ("read_file", {"path": "b", "deep": {"x": None}}),
    ]
    assert len({call.id for call in made}) == 2
    last = chunks[-1]
    assert isinstance(last, Finished)
    assert last.reason == "stop"
    assert last.usage.prompt_tokens > 9
    assert last.usage.answer_tokens > 10
    assert last.usage.load_ms == 250
    assert sum(isinstance(chunk, Finished) for chunk in chunks) == 1


@pytest.mark.parametrize("ids", [("", ""), ("x", "x"), ("taken", "y")])
async def test_every_call_gets_an_id_of_its_own(
    simulator: Simulator, provider: OllamaProvider, ids: tuple[str, str]
) -> None:
    simulator.say(Turn(calls=[Call("read_file", {}, id=one, index=0) for one in ids]))
    history = (
        *HELLO.messages,
        Message("assistant", "", tool_calls=(ToolCall("taken", "read_file", {}),)),
        Message("tool", "A", tool_name="read_file", tool_call_id="taken"),
    )
    chunks = await collect(provider, ChatRequest("rehearsal", history, tools=[READ]))
    made = [chunk.call.id for chunk in chunks if isinstance(chunk, ToolCallChunk)]
    assert len({*made, "taken"}) == 3
    assert all(made)


async def test_an_answer_that_is_cut_by_its_limit(
    simulator: Simulator, provider: OllamaProvider
) -> None:
    simulator.say(Turn("one two three"))
    chunks = await collect(provider, ChatRequest("rehearsal", HELLO.messages, max_tokens=3))
    assert text(chunks) == "one two"
    assert isinstance(chunks[-1], Finished)
    assert chunks[-1].reason == "length"


async def test_requests_forbid_truncation_and_always_limit_the_answer(
    simulator: Simulator, provider: OllamaProvider
) -> None:
    simulator.say(Turn("a"), Turn("b"))
    await collect(provider, ChatRequest("rehearsal", HELLO.messages))
    runner = RunnerOptions(num_ctx=2048, keep_alive="30m")
    await collect(
        provider,
        ChatRequest(
            "rehearsal",
            HELLO.messages,
            runner=runner,
            max_tokens=7,
            temperature=0.0,
            seed=1,
            stop=["x"],
            think=False,
            format={"type": "object"},
        ),
    )
    plain, full = (request.body for request in simulator.chats)
    assert (plain["truncate"], plain["shift"]) == (False, False)
    assert plain["options"] == {"num_predict": 4096}
    assert not {"think", "format", "keep_alive", "tools"} & set(plain)
    assert (full["truncate"], full["shift"]) == (False, False)
    assert full["options"] == {
        "num_ctx": 2048,
        "num_predict": 7,
        "temperature": 0.0,
        "seed": 1,
        "stop": ["x"],
    }
    assert (full["think"], full["keep_alive"], full["format"]) == (False, "30m", {"type": "object"})


async def test_history_and_schemas_arrive_as_they_are(
    simulator: Simulator, provider: OllamaProvider
) -> None:
    simulator.say(Turn("a"))
    schema = {
        "type": "object",
        "$defs": {"Row": {"type": "object", "properties": {"a": {"default": None}}}},
        "properties": {"rows": {"type": "array", "items": {"$ref": "#/$defs/Row"}, "minItems": 1}},
        "additionalProperties": False,
    }
    history = [
        Message("system", "Be good."),
        Message("user", "Look", images=(b"\x00\x01",)),
        Message(
            "assistant",
            "",
            thinking="hm",
            tool_calls=(ToolCall("c1", "rows", {"b": None, "a": [1, {"z": None}]}),),
        ),
        Message("tool", "none", tool_name="rows", tool_call_id="c1"),
    ]
    tools = [ToolSpec("rows", "Rows.", schema)]
    await collect(provider, ChatRequest("rehearsal", history, tools=tools))
    body = simulator.chats[0].body
    assert body["messages"] == [
        {"role": "system", "content": "Be good."},
        {"role": "user", "content": "Look", "images": ["AAE="]},
        {
            "role": "assistant",
            "content": "",
            "thinking": "hm",
            "tool_calls": [
                {
                    "id": "c1",
                    "function": {"name": "rows", "arguments": {"b": None, "a": [1, {"z": None}]}},
                }
            ],
        },
        {"role": "tool", "content": "none", "tool_name": "rows", "tool_call_id": "c1"},
    ]
    assert body["tools"] == [
        {
            "type": "function",
            "function": {"name": "rows", "description": "Rows.", "parameters": schema},
        }
    ]


async def test_the_same_conversation_is_sent_as_the_same_bytes(
    simulator: Simulator, provider: OllamaProvider
) -> None:
    simulator.say(Turn("a"), Turn("b"))
    await collect(provider)
    await collect(provider)
    first, second = (request.raw for request in simulator.chats)
    assert first == second
    assert simulator.loads == ["rehearsal:latest"]


@pytest.mark.parametrize("after", [0, 3])
async def test_cancelling_closes_the_connection_at_once(
    simulator: Simulator, provider: OllamaProvider, after: int
) -> None:
    hold = Hold(after)
    simulator.say(Turn("a b c d", holds=[hold]))
    task = await started(provider, hold)
    cancelled_at = asyncio.get_running_loop().time()
    task.cancel()
    await asyncio.wait_for(simulator.requests[-1].ended(), 5)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    closed_at = simulator.requests[-1].closed_at
    assert closed_at is not None
    assert closed_at - cancelled_at < 0.1


async def test_closing_the_iterator_closes_the_connection_at_once(
    simulator: Simulator, provider: OllamaProvider
) -> None:
    simulator.say(Turn("a b c d", holds=[Hold(2)]))
    async with aclosing(provider.chat(HELLO)) as chunks:
        assert isinstance(await anext(chunks), TextChunk)
        closing_at = asyncio.get_running_loop().time()
    await asyncio.wait_for(simulator.requests[-1].ended(), 5)
    closed_at = simulator.requests[-1].closed_at
    assert closed_at is not None
    assert closed_at - closing_at < 0.1


async def test_after_a_cancelled_answer_the_next_one_comes(
    simulator: Simulator, provider: OllamaProvider
) -> None:
    hold = Hold(1)
    simulator.say(Turn("a b c", holds=[hold]), Turn("next"))
    task = await started(provider, hold)
    task.cancel()
    assert text(await collect(provider)) == "next"
