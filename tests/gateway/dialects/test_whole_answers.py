"""Answers that are not streamed, as each interface's documentation shows them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from arriero.gateway.dialect import Dialect, Fault, Refused
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.dialects.responses import RESPONSES
from arriero.models.types import (
    Finished,
    Logprob,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)
from gateway.dialects.answers import ASKED, IDENTITY, Answer, events, one_by_one, streamed, whole

CALL = ToolCallChunk(ToolCall("call_a", "read_file", {"path": "a.py"}))
COUNTED = Usage(prompt_tokens=7, answer_tokens=3, cached_tokens=2)
END, CUT = Finished("stop", COUNTED), Finished("length", COUNTED)
WORDS, CALLED = one_by_one(TextChunk("Hi"), END), one_by_one(CALL, END)
CUT_OFF, SILENT = one_by_one(TextChunk("Hi"), CUT), one_by_one(END)


@pytest.mark.parametrize(
    ("answer", "content", "reason"),
    [
        (WORDS, "Hi", "stop"),
        (CALLED, None, "tool_calls"),
        (one_by_one(TextChunk("I look."), CALL, END), "I look.", "tool_calls"),
        (CUT_OFF, "Hi", "length"),
        (SILENT, "", "stop"),
    ],
)
def test_chat(answer: Answer, content: str | None, reason: str) -> None:
    told = whole(CHAT, answer)
    (choice,) = told["choices"]
    assert (choice["index"], choice["finish_reason"], choice["logprobs"]) == (0, reason, None)
    assert (choice["message"]["role"], choice["message"]["content"]) == ("assistant", content)
    assert ("tool_calls" in choice["message"]) == (reason == "tool_calls")
    assert told["usage"] == {
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "total_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 2},
    }


@pytest.mark.parametrize(
    ("answer", "kinds", "reason"),
    [
        (WORDS, ["text"], ("end_turn", None)),
        (CALLED, ["tool_use"], ("tool_use", None)),
        (CUT_OFF, ["text"], ("max_tokens", None)),
        (one_by_one(CALL, CUT), ["tool_use"], ("max_tokens", None)),
        (one_by_one(TextChunk("Hi"), replace(END, stop="END")), ["text"], ("stop_sequence", "END")),
        (SILENT, [], ("end_turn", None)),
    ],
)
def test_messages(answer: Answer, kinds: list[str], reason: tuple[str, str | None]) -> None:
    told = whole(MESSAGES, answer)
    assert [block["type"] for block in told["content"]] == kinds
    assert (told["stop_reason"], told["stop_sequence"]) == reason
    assert told["usage"] == {  # what came from the cache is not among the input
        "input_tokens": 5,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 2,
        "output_tokens": 3,
    }


@pytest.mark.parametrize(
    ("answer", "kinds", "status", "why"),
    [
        (WORDS, ["message"], "completed", None),
        (CALLED, ["function_call"], "completed", None),
        (CUT_OFF, ["message"], "incomplete", {"reason": "max_output_tokens"}),
    ],
)
def test_responses(answer: Answer, kinds: list[str], status: str, why: Any) -> None:
    told = whole(RESPONSES, answer)
    assert [item["type"] for item in told["output"]] == kinds
    assert (told["status"], told["incomplete_details"], told["error"]) == (status, why, None)
    usage = told["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (7, 3, 10)
    assert usage["input_tokens_details"]["cached_tokens"] == 2


@pytest.mark.parametrize(
    ("answer", "content", "reason"),
    [(WORDS, "Hi", "stop"), (CALLED, "", "stop"), (CUT_OFF, "Hi", "length"), (SILENT, "", "stop")],
)
def test_ollama(answer: Answer, content: str, reason: str) -> None:
    told = whole(OLLAMA_CHAT, answer)
    assert (told["message"]["role"], told["message"]["content"]) == ("assistant", content)
    assert (told["done"], told["done_reason"]) == (True, reason)
    assert (told["prompt_eval_count"], told["eval_count"]) == (7, 3)


@pytest.mark.parametrize("dialect", [CHAT, MESSAGES, RESPONSES, OLLAMA_CHAT])
def test_the_model_is_called_what_the_client_calls_it(dialect: Dialect) -> None:
    assert whole(dialect, replace(WORDS, asked=ASKED))["model"] == IDENTITY.model


def test_chances_are_told_in_the_stream_as_in_the_whole() -> None:
    chance = Logprob("Hi", -0.5, (72, 105), (Logprob("Ho", -1.5),))
    answer = one_by_one(TextChunk("Hi", (chance,)), END, asked=replace(ASKED, top_logprobs=1))
    said = [
        choice["logprobs"]["content"]
        for _, data in events(streamed(CHAT, answer))
        for choice in data["choices"]
        if choice.get("logprobs")
    ]
    (choice,) = whole(CHAT, answer)["choices"]
    assert said == [choice["logprobs"]["content"]]
    assert said[0][0]["top_logprobs"][0]["token"] == "Ho"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("too_long", "context_length_exceeded"),
        ("limited", "rate_limit_exceeded"),
        ("overloaded", "rate_limit_exceeded"),
        ("failed", "server_error"),
    ],
)
def test_a_response_that_fails_in_the_middle_says_why(fault: Fault, code: str) -> None:
    encoder = RESPONSES.encoder(ASKED, IDENTITY)
    begun = encoder.begin() + encoder.take((TextChunk("Hi"),))
    told = [data for _, data in events(begun + encoder.failed(Refused(fault, "Why.")))]
    assert told[-1]["type"] == "response.failed"
    assert told[-1]["response"]["error"] == {"code": code, "message": "Why."}


@pytest.mark.parametrize(("think", "thinking"), [(None, "Hm."), (True, "Hm."), (False, None)])
def test_ollama_shows_thinking_unless_none_was_wanted(
    think: bool | None, thinking: str | None
) -> None:
    asked = replace(ASKED, think=think)
    answer = one_by_one(ThinkingChunk("Hm."), TextChunk("Hi"), END, asked=asked)
    assert whole(OLLAMA_CHAT, answer)["message"].get("thinking") == thinking
    lines = [json.loads(line)["message"] for line in streamed(OLLAMA_CHAT, answer).splitlines()]
    assert [one["thinking"] for one in lines if "thinking" in one] == ([thinking] * bool(thinking))
