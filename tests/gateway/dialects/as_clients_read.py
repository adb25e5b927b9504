"""What the packages of clients make of what is written, in every dialect.

They take two seconds to import, so a test imports this module when it runs.
"""

from __future__ import annotations

import json
from typing import Any

from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import Message as AnthropicMessage
from anthropic.types import RawMessageStreamEvent
from ollama import ChatResponse, GenerateResponse
from openai import omit
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent

from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.completions import COMPLETIONS
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.dialects.ollama_generate import OLLAMA_GENERATE
from arriero.gateway.dialects.responses import RESPONSES
from gateway.dialects.answers import Answer, events, streamed, whole
from gateway.dialects.published import check_event, checked, event_models

MESSAGE_EVENTS = event_models(RawMessageStreamEvent)
RESPONSE_EVENTS = event_models(ResponseStreamEvent)


def check_chat(answer: Answer) -> None:
    state: ChatCompletionStreamState[Any] = ChatCompletionStreamState()
    for name, data in events(streamed(CHAT, answer)):
        assert name is None
        state.handle_chunk(checked(ChatCompletionChunk, data))
    folded = state.current_completion_snapshot
    expected = whole(CHAT, answer)
    checked(ChatCompletion, expected)
    (choice,), (told,) = folded.choices, expected["choices"]
    assert choice.finish_reason == told["finish_reason"]
    assert (choice.message.content or "") == (told["message"]["content"] or "")
    thought = getattr(choice.message, "reasoning_content", None)
    assert thought == told["message"].get("reasoning_content")
    calls = [
        (call.id, call.function.name, call.function.arguments)
        for call in choice.message.tool_calls or []
    ]
    assert calls == [
        (call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in told["message"].get("tool_calls", [])
    ]
    if answer.asked.include_usage:
        assert folded.usage is not None
        assert folded.usage.total_tokens == expected["usage"]["total_tokens"]


def check_responses(answer: Answer) -> None:
    """Both ways: by the last event, and by the deltas, which clients show."""
    state: ResponseStreamState[Any] = ResponseStreamState(input_tools=omit, text_format=omit)
    shown: dict[int, str] = {}
    for number, (name, data) in enumerate(events(streamed(RESPONSES, answer))):
        state.handle_event(check_event(RESPONSE_EVENTS, name, data))
        assert data["sequence_number"] == number
        if data["type"].endswith(".delta"):
            position = data["output_index"]
            shown[position] = shown.get(position, "") + data["delta"]
    expected = whole(RESPONSES, answer)
    assert name in ("response.completed", "response.incomplete")
    assert data["response"] == expected
    folded: Any = state._ResponseStreamState__current_snapshot  # type: ignore[attr-defined]
    output = expected["output"]
    assert shown == {
        position: text for position, item in enumerate(output) if (text := _text(item))
    }
    assert [item.type for item in folded.output] == [item["type"] for item in output]
    for item, told in zip(folded.output, output, strict=True):
        if item.type == "message":
            assert item.content[0].text == told["content"][0]["text"]
        elif item.type == "function_call":
            assert (item.call_id, item.name, item.arguments) == (
                told["call_id"],
                told["name"],
                told["arguments"],
            )


def _text(item: dict[str, Any]) -> str:
    if item["type"] == "message":
        (part,) = item["content"]
    elif item["type"] == "reasoning":
        (part,) = item["summary"]
    else:
        return str(item.get("arguments") or item.get("input") or "")
    return str(part["text"])


def check_messages(answer: Answer) -> None:
    snapshot: Any = None
    buffers: dict[int, bytes] = {}
    for name, data in events(streamed(MESSAGES, answer)):
        if name != "ping":
            event = check_event(MESSAGE_EVENTS, name, data)
            snapshot = accumulate_event(event=event, current_snapshot=snapshot, json_bufs=buffers)
    folded = snapshot.to_dict(exclude_unset=True)
    for block in folded["content"]:
        block.pop("parsed_output", None)  # the package's own
    expected = whole(MESSAGES, answer)
    checked(AnthropicMessage, expected)
    assert folded["content"] == expected["content"]
    assert folded["usage"] == expected["usage"]
    assert (folded["stop_reason"], folded["stop_sequence"]) == (
        expected["stop_reason"],
        expected["stop_sequence"],
    )


def check_ollama_chat(answer: Answer) -> None:
    lines = [json.loads(line) for line in streamed(OLLAMA_CHAT, answer).splitlines()]
    folded: dict[str, Any] = {"role": "assistant", "content": ""}
    for line in lines:
        ChatResponse.model_validate(line)
        message = line["message"]
        folded["content"] += message["content"]
        if "thinking" in message:
            folded["thinking"] = folded.get("thinking", "") + message["thinking"]
        if "tool_calls" in message:
            folded["tool_calls"] = [*folded.get("tool_calls", []), *message["tool_calls"]]
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    expected = whole(OLLAMA_CHAT, answer)
    ChatResponse.model_validate(expected)
    told = [one for line in lines for one in line.get("logprobs", [])]
    assert expected.pop("logprobs", []) == told
    assert {**lines[-1], "message": folded} == expected


def check_ollama_generate(answer: Answer) -> None:
    lines = [json.loads(line) for line in streamed(OLLAMA_GENERATE, answer).splitlines()]
    for line in lines:
        GenerateResponse.model_validate(line)
    text = "".join(line["response"] for line in lines)
    thinking = "".join(line.get("thinking", "") for line in lines)
    expected = whole(OLLAMA_GENERATE, answer)
    GenerateResponse.model_validate(expected)
    expected.pop("logprobs", None)
    thought = {"thinking": thinking} if thinking else {}
    assert {**lines[-1], "response": text, **thought} == expected


def check_completions(answer: Answer) -> None:
    """The published model is that of a whole answer: the reason is null while it streams."""
    text, reason, usage = "", None, None
    for _, data in events(streamed(COMPLETIONS, answer)):
        usage = data.get("usage") or usage
        for choice in data["choices"]:
            text += choice["text"]
            reason = choice["finish_reason"] or reason
            choice["finish_reason"] = reason or "stop"
        Completion.model_validate(data)
    expected = whole(COMPLETIONS, answer)
    checked(Completion, expected)
    assert (text, reason) == (
        expected["choices"][0]["text"],
        expected["choices"][0]["finish_reason"],
    )
    if answer.asked.include_usage:
        assert usage == expected["usage"]
