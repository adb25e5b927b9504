"""What is asked of an OpenAI-compatible server, and how its stream becomes chunks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arriero.models.openai.wire import AnswerReader
from arriero.models.types import Finished, Message, RunnerOptions, ToolCall, Usage
from models.openai_chatting import READ, calls, collect, finished, talking, text, thinking
from models.openai_server import LLAMACPP, MODEL, StandIn, Turn, chunk, fragment, frame

WORDS = Turn([{"content": "Good "}, {"content": "day"}])


async def test_an_answer() -> None:
    async with talking() as (server, provider):
        server.say(WORDS)
        chunks = await collect(provider)
    assert text(chunks) == "Good day"
    usage = Usage(prompt_tokens=50, answer_tokens=7, prompt_ms=12, answer_ms=71, cached_tokens=40)
    assert finished(chunks) == Finished("stop", usage)


async def test_the_request_says_what_it_must() -> None:
    async with talking() as (server, provider):
        server.say(WORDS)
        await collect(provider, runner=RunnerOptions(num_ctx=4096, keep_alive="5m"))
        (chat,) = server.chats
    assert chat.body == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hello"}],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": READ.name,
                    "description": READ.description,
                    "parameters": READ.parameters,
                },
            }
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 4096,
    }


THINKING = {"enable_thinking": True, "thinking": True}
NOT_THINKING = {"enable_thinking": False, "thinking": False}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("name", "changes", "sent"),
    [
        ("llamacpp", {"max_tokens": 9}, {"max_tokens": 9}),
        ("llamacpp", {"temperature": 0.0}, {"temperature": 0.0}),
        ("llamacpp", {"seed": 3}, {"seed": 3}),
        ("llamacpp", {"stop": ["a", "b"]}, {"stop": ["a", "b"]}),
        ("llamacpp", {"tools": []}, {"tools": None}),
        (  # without a schema it means any value there, such as a number
            "llamacpp",
            {"format": "json"},
            {"response_format": {"type": "json_object", "schema": {"type": "object"}}},
        ),
        (
            "lmstudio",
            {"format": "json"},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": {"type": "object"}},
                }
            },
        ),
        (  # builds of 2024 know no other form
            "llamacpp",
            {"format": SCHEMA},
            {"response_format": {"type": "json_object", "schema": SCHEMA}},
        ),
        (
            "vllm",
            {"format": SCHEMA},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": SCHEMA},
                }
            },
        ),
        ("llamacpp", {"think": None}, {"chat_template_kwargs": None, "reasoning_effort": None}),
        ("llamacpp", {"think": False}, {"chat_template_kwargs": NOT_THINKING}),
        ("vllm", {"think": True}, {"chat_template_kwargs": THINKING}),
        (
            "llamacpp",
            {"think": "low"},
            {"chat_template_kwargs": THINKING, "reasoning_effort": "low"},
        ),
        # Recognised by what its list of models says.
        ("mine", {"think": False}, {"chat_template_kwargs": NOT_THINKING}),
        ("lmstudio", {"think": False}, {"chat_template_kwargs": None}),
        ("lmstudio", {"think": "high"}, {"reasoning_effort": "high"}),
    ],
)
async def test_settings_of_a_request(
    name: str, changes: dict[str, Any], sent: dict[str, Any]
) -> None:
    async with talking(name=name) as (server, provider):
        server.say(WORDS)
        await collect(provider, **changes)
        body = server.chats[0].body
    assert {key: body.get(key) for key in sent} == sent


async def test_thinking_is_not_mapped_for_a_server_that_is_not_known() -> None:
    stand_in = StandIn(models=[{"id": MODEL, "owned_by": "someone"}])
    async with talking(stand_in, "mine") as (server, provider):
        server.say(WORDS, WORDS)
        await collect(provider, think=False)
        await collect(provider, think=False)
        assert "chat_template_kwargs" not in server.chats[0].body
        paths = [request.path for request in server.requests]
    assert paths.count("/v1/models") == 1


async def test_a_conversation_is_sent_as_the_protocol_has_it() -> None:
    arguments = {"path": "ä.py"}
    messages = [
        Message("system", "Be brief."),
        Message("user", "See", images=(b"\x89PNG1", b"\xff\xd8\xff2")),
        Message("assistant", "", thinking="Hm.", tool_calls=(ToolCall("c1", "f", arguments),)),
        Message("tool", "text", tool_name="f", tool_call_id="c1"),
    ]
    async with talking() as (server, provider):
        server.say(WORDS)
        await collect(provider, messages=messages)
        sent = server.chats[0].body["messages"]
    assert sent[0] == {"role": "system", "content": "Be brief."}
    assert [part["type"] for part in sent[1]["content"]] == ["text", "image_url", "image_url"]
    urls = [part["image_url"]["url"] for part in sent[1]["content"][1:]]
    assert [url.partition(";")[0] for url in urls] == ["data:image/png", "data:image/jpeg"]
    (call,) = sent[2].pop("tool_calls")
    assert sent[2] == {"role": "assistant", "content": "", "reasoning_content": "Hm."}
    assert (call["id"], call["type"], call["function"]["name"]) == ("c1", "function", "f")
    assert json.loads(call["function"]["arguments"]) == arguments
    assert sent[3] == {"role": "tool", "content": "text", "name": "f", "tool_call_id": "c1"}


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (WORDS, ("Good day", "", "stop")),
        (Turn([{"content": "a"}], finish="length"), ("a", "", "length")),
        (Turn([{"content": "a"}], ending="no_done"), ("a", "", "stop")),
        (Turn([{"content": "a"}], ending="no_finish"), ("a", "", "stop")),
        (Turn([{"reasoning_content": "h"}, {"reasoning_content": "m"}]), ("", "hm", "stop")),
        (Turn([{"reasoning": "hm", "content": "a"}]), ("a", "hm", "stop")),
        (Turn([{"reasoning": "hm", "reasoning_content": "hm"}]), ("", "hm", "stop")),
        (Turn([{"content": None}, {"content": ""}, {}]), ("", "", "stop")),
        (Turn([{"content": "a"}], finish="content_filter"), ("a", "", "stop")),
        (
            Turn(raw=b": wait\n\nevent: x\r\n" + chunk({"content": "a"}, "stop")),
            ("a", "", "stop"),
        ),
        (Turn(raw=chunk({"content": "a"}, "stop").rstrip()), ("a", "", "stop")),
        (Turn(raw=chunk({"content": "a"}).rstrip() + b"\ndata: [DONE]"), ("a", "", "stop")),
        (
            Turn(raw=b'data: {"choices":\ndata: [{"finish_reason": "stop", "delta": {}}]}\n\n'),
            ("", "", "stop"),
        ),
        (
            Turn(
                raw=frame({"choices": [{"index": 1, "delta": {"content": "b"}}]}) + b"data:[DONE]"
            ),
            ("", "", "stop"),
        ),
        (
            Turn(
                body={
                    "choices": [
                        {
                            "message": {"content": "a", "reasoning_content": "hm"},
                            "finish_reason": "stop",
                        }
                    ]
                }
            ),
            ("a", "hm", "stop"),
        ),
    ],
)
async def test_streams(turn: Turn, expected: tuple[str, str, str]) -> None:
    async with talking() as (server, provider):
        server.say(turn)
        chunks = await collect(provider)
    assert (text(chunks), thinking(chunks), finished(chunks).reason) == expected


@pytest.mark.parametrize(
    ("usage", "timings", "expected"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 2}, {}, Usage(5, 2)),
        ({}, {"prompt_n": 3, "cache_n": 4, "predicted_n": 2}, Usage(7, 2, cached_tokens=4)),
        (
            {"prompt_tokens": 9},
            {"prompt_n": 3, "cache_n": 6, "prompt_ms": 1.6, "predicted_ms": 2.4},
            Usage(9, 0, 0, 2, 2, cached_tokens=6),
        ),
        ({}, {}, Usage()),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 8}},
            {},
            Usage(9, cached_tokens=8),
        ),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 0}},
            {},
            Usage(9, cached_tokens=0),
        ),
        ({"prompt_tokens": 9, "prompt_tokens_details": None}, {}, Usage(9)),
        ({"prompt_tokens": 9}, {"cache_n": 0, "prompt_n": 9}, Usage(9, cached_tokens=0)),
    ],
)
async def test_what_an_answer_cost(
    usage: dict[str, Any], timings: dict[str, Any], expected: Usage
) -> None:
    last = frame({"choices": [], "usage": usage, "timings": timings})
    async with talking() as (server, provider):
        server.say(Turn(raw=chunk({"content": "a"}, "stop") + last + b"data: [DONE]\n\n"))
        assert finished(await collect(provider)).usage == expected


@pytest.mark.parametrize(
    ("told", "stop"), [({"stop_reason": "END"}, "END"), ({"stop_reason": 128001}, ""), ({}, "")]
)
def test_the_text_that_ended_an_answer(told: dict[str, Any], stop: str) -> None:
    reader = AnswerReader()
    reader.read({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", **told}]}, [])
    (finished,) = reader.finish()
    assert isinstance(finished, Finished)
    assert finished.stop == stop


async def test_ids_of_calls_are_unique_in_a_conversation_and_suit_every_template() -> None:
    earlier = [
        Message("user", "a"),
        Message("assistant", "", tool_calls=(ToolCall("call_0", "f", {}),)),
        Message("tool", "", tool_name="f", tool_call_id="call_0"),
    ]
    deltas = [
        {"tool_calls": [fragment("f", "{}", id="call_0", index=0)]},
        {"tool_calls": [fragment("f", "{}", index=1)]},
        {"tool_calls": [fragment("f", "{}", id="own", index=2)]},
    ]
    async with talking() as (server, provider):
        server.say(Turn(deltas, finish="tool_calls"))
        ids = [call.id for call in calls(await collect(provider, messages=earlier))]
    assert ids[2] == "own"
    assert len({*ids, "call_0"}) == 4
    assert all(len(one) == 9 and one.isalnum() for one in ids[:2])


async def test_the_model_of_the_listing_is_the_one_that_is_asked_for() -> None:
    async with talking() as (server, provider):
        server.say(WORDS)
        (info,) = await provider.models()
        await collect(provider, model=info.name)
        assert server.chats[0].body["model"] == LLAMACPP["id"]


@pytest.mark.parametrize(
    ("deltas", "format_", "expected"),
    [
        # LM Studio holds a thinking model's thoughts to the schema, and says nothing after them.
        ([{"reasoning_content": '{"a": '}, {"reasoning_content": '"b"}'}], SCHEMA, '{"a": "b"}'),
        ([{"reasoning_content": '{"a": "b"}'}, {"content": "{}"}], SCHEMA, "{}"),
        ([{"reasoning_content": "hm"}], SCHEMA, ""),
        ([{"reasoning_content": '{"a": "b"}'}], None, ""),
    ],
)
async def test_json_that_was_thought_is_the_answer_where_there_is_no_other(
    deltas: list[dict[str, str]], format_: Any, expected: str
) -> None:
    async with talking(name="lmstudio") as (server, provider):
        server.say(Turn(deltas))
        chunks = await collect(provider, format=format_, tools=())
    assert text(chunks) == expected
    assert isinstance(chunks[-1], Finished)


async def test_a_choice_of_tools_and_an_affinity_are_not_sent() -> None:
    async with talking() as (server, provider):
        server.say(WORDS)
        await collect(provider, tool_choice="required", affinity="s1")
        assert not {"tool_choice", "affinity"} & set(server.chats[0].body)
