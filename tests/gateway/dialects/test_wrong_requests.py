"""What is wrong with a request is refused, with the field that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from arriero.gateway.dialect import Dialect, Refused
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.completions import COMPLETIONS
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.dialects.ollama_generate import OLLAMA_GENERATE
from arriero.gateway.dialects.responses import RESPONSES
from arriero.gateway.joining import refuse_unknown_call
from gateway.dialects.bodies import (
    MESSAGES_READ,
    NAMED_READ,
    PNG64,
    RESPONSES_ROUND,
    SAYS_HELLO,
    tool_round,
)


def _messages(**more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": SAYS_HELLO, **more}


def _responses(**more: Any) -> dict[str, Any]:
    return {"model": "m", "input": "Hello", **more}


# What is wrong, and the field that is named.
REFUSED: list[tuple[Dialect, Mapping[str, Any], str]] = [
    (MESSAGES, _messages(messages=[]), "messages"),
    (MESSAGES, _messages(messages="x"), "messages"),
    (MESSAGES, _messages(messages=[{"role": "bot", "content": ""}]), "messages[0].role"),
    (MESSAGES, _messages(messages=[{"role": "user", "content": []}]), "messages[0].content"),
    (MESSAGES, _messages(messages=[{"role": "user"}]), "messages[0].content"),
    (MESSAGES, _messages(temperature="hot"), "temperature"),
    (MESSAGES, _messages(thread={"type": "create"}), "thread"),
    (
        MESSAGES,
        _messages(mcp_servers=[{"type": "url", "url": "http://a", "name": "a"}]),
        "mcp_servers",
    ),
    (CHAT, _messages(modalities=["text", "audio"], audio={"voice": "x"}), "modalities"),
    (CHAT, _messages(web_search_options={}), "web_search_options"),
    (RESPONSES, _responses(input=[{"type": "reasoning", "summary": []}]), "input"),
    (CHAT, {"model": "m", "messages": SAYS_HELLO, "functions": [NAMED_READ]}, "functions"),
    (CHAT, {"model": "m", "messages": SAYS_HELLO, "function_call": "auto"}, "function_call"),
    (
        CHAT,
        {
            "model": "m",
            "messages": SAYS_HELLO,
            "tools": [{"type": "function", "function": NAMED_READ}],
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [{"function": {"name": "gone"}}]},
            },
        },
        "tool_choice",
    ),
    (MESSAGES, _messages(max_tokens=0), "max_tokens"),
    (MESSAGES, _messages(top_p=float("nan")), "top_p"),
    (MESSAGES, _messages(tools=[MESSAGES_READ, MESSAGES_READ]), "tools"),
    (MESSAGES, _messages(tools=[{"type": "web_search_20250305", "name": "w"}]), "tools"),
    (MESSAGES, _messages(tools=[{**NAMED_READ, "input_schema": []}]), "tools[0].input_schema"),
    (
        MESSAGES,
        _messages(tools=[{**NAMED_READ, "input_schema": {"type": "string"}}]),
        "tools[0].input_schema",
    ),
    (MESSAGES, _messages(tool_choice={"type": "tool", "name": "gone"}), "tool_choice"),
    (MESSAGES, _messages(tool_choice={"type": "any"}), "tool_choice"),
    (MESSAGES, _messages(tool_choice={"type": "some"}), "tool_choice.type"),
    (
        MESSAGES,
        _messages(messages=tool_round({})[2:]),
        "messages[0].content[0].tool_use_id",
    ),
    (
        MESSAGES,
        _messages(
            messages=[
                {
                    "role": "user",
                    "content": [{"type": "image", "source": {"type": "base64", "data": "?"}}],
                }
            ]
        ),
        "messages[0].content[0].source.data",
    ),
    (
        OLLAMA_CHAT,
        {"model": "m", "messages": [{**SAYS_HELLO[0], "images": [PNG64[:-24]]}]},
        "messages[0].images[0]",
    ),
    (
        MESSAGES,
        _messages(
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "image", "source": {"type": "url", "url": "http://a/b.png"}}
                    ],
                }
            ]
        ),
        "messages[0].content[0].source.url",
    ),
    (RESPONSES, _responses(previous_response_id=1), "previous_response_id"),
    (RESPONSES, _responses(conversation="conv_1"), "conversation"),
    (RESPONSES, _responses(background=True), "background"),
    (RESPONSES, {"model": "m"}, "input"),
    (RESPONSES, _responses(input=[{"type": "item_reference", "id": "x"}]), "input[0].type"),
    (RESPONSES, _responses(input=RESPONSES_ROUND[4:]), "input[0].call_id"),
    (RESPONSES, _responses(tools=[{"type": "web_search"}]), "tools"),
    (RESPONSES, _responses(tool_choice="perhaps"), "tool_choice"),
    (RESPONSES, _responses(reasoning={"effort": "a lot"}), "reasoning.effort"),
    (OLLAMA_CHAT, {"messages": SAYS_HELLO}, "model"),
    (OLLAMA_CHAT, {"model": "m", "messages": "x"}, "messages"),
    (OLLAMA_CHAT, {"model": "m", "options": {"top_p": "x"}}, "options.top_p"),
    (OLLAMA_CHAT, {"model": "m", "format": 3}, "format"),
    (OLLAMA_CHAT, {"model": "m", "think": "much"}, "think"),
    (OLLAMA_CHAT, {"model": "m", "stream": "yes"}, "stream"),
    (OLLAMA_GENERATE, {"model": "m", "prompt": "x", "raw": True, "template": "t"}, "raw"),
    (OLLAMA_GENERATE, {"model": "m", "prompt": "x", "context": ["a"]}, "context"),
    (OLLAMA_GENERATE, {"model": "m", "keep_alive": "5"}, "keep_alive"),
    (COMPLETIONS, {"model": "m", "prompt": [1, 2]}, "prompt"),
    (COMPLETIONS, {"model": "m", "prompt": ["a", "b"]}, "prompt"),
    (COMPLETIONS, {"model": "m", "prompt": "x", "echo": True}, "echo"),
    (COMPLETIONS, {"model": "m", "prompt": "x", "n": 2}, "n"),
]


@pytest.mark.parametrize(("dialect", "body", "parameter"), REFUSED)
def test_what_is_wrong_is_named(dialect: Dialect, body: Mapping[str, Any], parameter: str) -> None:
    with pytest.raises(Refused) as caught:
        refuse_unknown_call(dialect.read(body))
    assert (caught.value.fault, caught.value.parameter) == ("invalid", parameter)


def test_threads_are_refused_as_anthropics_package_understands() -> None:
    with pytest.raises(Refused) as caught:
        MESSAGES.read(_messages(thread={"type": "continue", "previous_message_id": "msg_1"}))
    _, body = MESSAGES.refusal(caught.value)
    assert body["error"]["details"]["error_code"] == "thread_unsupported_request"
    assert body["error"]["details"]["unsupported"] == ["thread"]
