"""Each of these stops some client or other; all of them were seen from other servers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arriero.gateway.dialect import Dialect, Refused
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.completions import COMPLETIONS
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.dialects.responses import RESPONSES
from arriero.models.types import TextChunk, ThinkingChunk, ToolCall, ToolCallChunk
from gateway.dialects.answers import (
    ASKED,
    IDENTITY,
    STOP,
    Answer,
    events,
    one_by_one,
    streamed,
)

READ = ToolCallChunk(ToolCall("call_a", "read_file", {"path": "a.py"}))
NOTHING = ToolCallChunk(ToolCall("call_b", "read_file", {}))
BUSY = one_by_one(ThinkingChunk("Hm."), TextChunk("I look."), READ, NOTHING, STOP)


def _told(dialect: Dialect, answer: Answer = BUSY) -> list[Any]:
    return [data for _, data in events(streamed(dialect, answer))]


def _of(kind: str, told: list[Any]) -> list[Any]:
    return [data for data in told if data["type"] == kind]


def test_chat_calls_have_an_id_and_a_name_once_and_an_index_each() -> None:
    told = _told(CHAT)
    deltas = [
        call
        for data in told
        for choice in data["choices"]
        for call in choice["delta"].get("tool_calls", [])
    ]
    assert [delta["index"] for delta in deltas] == [0, 0, 1, 1]
    assert [delta.get("id") for delta in deltas] == ["call_a", None, "call_b", None]
    assert [delta["function"].get("name") for delta in deltas] == [
        "read_file",
        None,
        "read_file",
        None,
    ]
    assert [delta["function"]["arguments"] for delta in deltas] == ["", '{"path":"a.py"}', "", "{}"]


def test_chat_ends() -> None:
    stream = streamed(CHAT, BUSY)
    told = _told(CHAT)
    assert stream.endswith(b"data: [DONE]\n\n")
    reasons = [choice["finish_reason"] for data in told for choice in data["choices"]]
    assert reasons == [None] * (len(reasons) - 1) + ["tool_calls"]
    assert told[-1]["choices"] == []
    assert told[-1]["usage"]["total_tokens"] == 37
    assert len({(data["id"], data["created"]) for data in told}) == 1


def test_messages_have_every_event_in_order() -> None:
    stream = streamed(MESSAGES, one_by_one(TextChunk("I look."), NOTHING, STOP))
    names = [name for name, _ in events(stream)]
    assert names == [
        "message_start",
        "ping",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_messages_have_usage_and_arguments_in_deltas() -> None:
    told = _told(MESSAGES, one_by_one(READ, NOTHING, STOP))
    assert _of("message_start", told)[0]["message"]["usage"]["output_tokens"] == 0
    assert _of("message_delta", told)[0]["usage"]["output_tokens"] == 7
    starts = _of("content_block_start", told)
    assert [start["content_block"]["input"] for start in starts] == [{}, {}]
    assert [start["index"] for start in starts] == [0, 1]
    deltas = _of("content_block_delta", told)
    assert [delta["delta"]["partial_json"] for delta in deltas] == ['{"path":"a.py"}', "{}"]


@pytest.mark.parametrize(
    ("think", "kinds"),
    [(None, ["text"]), (False, ["text"]), (True, ["thinking", "text"])],
)
def test_messages_show_thinking_to_who_asked_for_it(think: bool | None, kinds: list[str]) -> None:
    """Most scripts take the first block for the answer."""
    from dataclasses import replace

    answer = one_by_one(
        ThinkingChunk("Hm."), TextChunk("Yes."), STOP, asked=replace(ASKED, think=think)
    )
    starts = _of("content_block_start", _told(MESSAGES, answer))
    assert [start["content_block"]["type"] for start in starts] == kinds


def test_messages_tell_that_somebody_thinks() -> None:
    answer = one_by_one(*[ThinkingChunk("Hm. ")] * 200, STOP)
    assert len(_of("ping", _told(MESSAGES, answer))) == 1 + 3


def test_responses_have_every_event_in_order() -> None:
    names = [name for name, _ in events(streamed(RESPONSES, one_by_one(*BUSY.chunks[:3], STOP)))]
    assert [str(name).removeprefix("response.") for name in names] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]


def test_responses_have_usage_and_what_clients_look_for() -> None:
    told = _told(RESPONSES)
    assert _of("response.completed", told)[0]["response"]["usage"] == {
        "input_tokens": 30,
        "input_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 0},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 37,
    }
    assert all(data["logprobs"] == [] for data in _of("response.output_text.delta", told))
    done = _of("response.output_item.done", told)
    assert [one["output_index"] for one in done] == [0, 1, 2, 3]


def test_responses_return_calls_in_the_clients_own_form() -> None:
    answer = one_by_one(
        ToolCallChunk(ToolCall("c1", "mcp__github__search", {"q": "x"})),
        ToolCallChunk(ToolCall("c2", "apply_patch", {"input": "*** Begin"})),
        STOP,
    )
    first, second = _told(RESPONSES, answer)[-1]["response"]["output"]
    assert (first["type"], first["namespace"], first["name"]) == (
        "function_call",
        "mcp__github",
        "search",
    )
    assert (second["type"], second["name"], second["input"]) == (
        "custom_tool_call",
        "apply_patch",
        "*** Begin",
    )


def test_ollama_arguments_are_an_object() -> None:
    lines = [json.loads(line) for line in streamed(OLLAMA_CHAT, BUSY).splitlines()]
    calls = [call for line in lines for call in line["message"].get("tool_calls", [])]
    assert [call["function"]["arguments"] for call in calls] == [{"path": "a.py"}, {}]
    assert [call["function"]["index"] for call in calls] == [0, 1]


@pytest.mark.parametrize("dialect", [CHAT, RESPONSES, MESSAGES, COMPLETIONS, OLLAMA_CHAT])
def test_what_is_no_text_stays_within_its_line(dialect: Dialect) -> None:
    """Signs at which some readers of lines break them, and halves of signs."""
    answer = one_by_one(TextChunk("a\u2028b\x85c\r\nd\ud800"), STOP)
    stream = streamed(dialect, answer)
    stream.decode("ascii")
    assert b"\r" not in stream
    assert stream.count(b"\\u2028") >= 1


@pytest.mark.parametrize(
    ("dialect", "last"),
    [
        (CHAT, b'data: {"error":{"message":"Gone.","type":"server_error","param":null,'),
        (COMPLETIONS, b'data: {"error":{"message":"Gone.","type":"server_error","param":null,'),
        (MESSAGES, b'event: error\ndata: {"type":"error","error":{"type":"api_error",'),
        (RESPONSES, b"event: response.failed\n"),
        (OLLAMA_CHAT, b'{"error":"Gone."}\n'),
    ],
)
def test_a_stream_that_breaks_off_says_so(dialect: Dialect, last: bytes) -> None:
    encoder = dialect.encoder(ASKED, IDENTITY)
    encoder.begin()
    encoder.take([TextChunk("I lo")])
    assert encoder.failed(Refused("upstream", "Gone.")).startswith(last)


def test_a_response_that_broke_off_has_what_was_done() -> None:
    encoder = RESPONSES.encoder(ASKED, IDENTITY)
    encoder.begin()
    encoder.take([READ, TextChunk("I lo")])
    ((_, data),) = events(encoder.failed(Refused("overloaded", "Busy.")))
    assert data["response"]["status"] == "failed"
    assert data["response"]["error"] == {"code": "rate_limit_exceeded", "message": "Busy."}
    assert [item["type"] for item in data["response"]["output"]] == ["function_call"]
