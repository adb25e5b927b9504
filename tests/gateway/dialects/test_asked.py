"""What is asked in each dialect is read into the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Dialect
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.completions import COMPLETIONS
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.dialects.ollama_generate import OLLAMA_GENERATE
from arriero.gateway.dialects.responses import RESPONSES
from arriero.gateway.dialects.responses_tools import NamespaceTool
from arriero.models.types import Message, ToolCall
from gateway.dialects.bodies import (
    CALLED,
    HELLO,
    MESSAGES_READ,
    OLLAMA_CALL,
    OLLAMA_CALLED,
    OLLAMA_READ,
    PICTURE,
    PNG,
    PNG64,
    READ,
    RESPONSES_READ,
    RESPONSES_ROUND,
    RESULT,
    SAYS_HELLO,
    SCHEMA,
    tool_round,
)

# What is asked, and the fields of `Asked` that matter.
ROWS: list[tuple[Dialect, Mapping[str, Any], Mapping[str, Any]]] = [
    (
        MESSAGES,
        {"messages": SAYS_HELLO, "system": [{"type": "text", "text": "Be kind."}], "max_tokens": 9},
        {"messages": (Message("system", "Be kind."), HELLO), "max_tokens": 9, "think": None},
    ),
    (
        MESSAGES,
        {"messages": tool_round({"content": "text"}), "tools": [MESSAGES_READ]},
        {"messages": (HELLO, CALLED, RESULT), "tools": (READ,)},
    ),
    (
        MESSAGES,
        {"messages": tool_round({"content": [{"type": "text", "text": "text"}, PICTURE]})},
        {"messages": (HELLO, CALLED, RESULT, Message("user", "", images=(PNG,)))},
    ),
    (
        MESSAGES,
        {"messages": tool_round({"content": "no file", "is_error": True})},
        {"messages": (HELLO, CALLED, Message("tool", "Error: no file", "", (), "read", "c1"))},
    ),
    (
        MESSAGES,
        {
            "messages": [{"role": "user", "content": [PICTURE, {"type": "text", "text": "See?"}]}],
            "stop_sequences": ["END"],
            "thinking": {"type": "enabled", "budget_tokens": 2000},
            "top_k": 5,
        },
        {
            "messages": (Message("user", "See?", images=(PNG,)),),
            "stop": ("END",),
            "think": True,
            "sampling": {"top_k": 5},
        },
    ),
    *(
        (
            MESSAGES,
            {"messages": SAYS_HELLO, "tools": [MESSAGES_READ], "tool_choice": given},
            {"tool_choice": choice, "parallel_calls": parallel},
        )
        for given, choice, parallel in (
            ({"type": "auto"}, "auto", True),
            ({"type": "any", "disable_parallel_tool_use": True}, "required", False),
            ({"type": "tool", "name": "read"}, "read", True),
            ({"type": "none"}, "none", True),
        )
    ),
    (
        MESSAGES,
        {
            "messages": SAYS_HELLO,
            "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
        },
        {"format": SCHEMA},
    ),
    (
        MESSAGES,
        {"messages": SAYS_HELLO, "tools": [MESSAGES_READ, {"type": "web_search_20250305"}]},
        {"tools": (READ,)},
    ),
    (
        MESSAGES,
        {
            "messages": [*SAYS_HELLO, {"role": "system", "content": "Monday."}],
            "system": "Hi.",
        },
        {"messages": (Message("system", "Hi."), HELLO, Message("user", "Monday."))},
    ),
    (RESPONSES, {"input": "Hello"}, {"messages": (HELLO,), "stream": False}),
    (
        RESPONSES,
        {
            "instructions": "Be kind.",
            "input": [
                {"role": "developer", "content": [{"type": "input_text", "text": "Be brief."}]},
                *RESPONSES_ROUND,
            ],
            "tools": [RESPONSES_READ, {"type": "web_search"}],
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "reasoning": {"effort": "medium", "summary": "auto"},
        },
        {
            "messages": (Message("system", "Be kind.\n\nBe brief."), HELLO, CALLED, RESULT),
            "tools": (READ,),
            "think": "medium",
        },
    ),
    (
        RESPONSES,
        {
            "input": "Hello",
            "tools": [{"type": "namespace", "name": "mcp__x", "tools": [RESPONSES_READ]}],
            "tool_choice": "required",
        },
        {
            "tools": (NamespaceTool("mcp__x__read", "Read it.", SCHEMA, "mcp__x", "read"),),
            "tool_choice": "required",
        },
    ),
    (
        RESPONSES,
        {
            "input": [
                *RESPONSES_ROUND[:4],
                {
                    "type": "function_call_output",
                    "call_id": "c1",
                    "output": [
                        {"type": "input_text", "text": "text"},
                        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG64}"},
                    ],
                },
            ]
        },
        {"messages": (HELLO, CALLED, RESULT, Message("user", "", images=(PNG,)))},
    ),
    (
        RESPONSES,
        {
            "input": "Hello",
            "max_output_tokens": 9,
            "text": {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}},
        },
        {"max_tokens": 9, "format": SCHEMA},
    ),
    (
        OLLAMA_CHAT,
        {"messages": SAYS_HELLO, "options": {"num_predict": 9, "num_ctx": 9, "stop": ["END"]}},
        {"messages": (HELLO,), "max_tokens": 9, "stop": ("END",), "stream": True},
    ),
    (
        OLLAMA_CHAT,
        {
            "messages": [
                {**SAYS_HELLO[0], "images": [PNG64]},
                OLLAMA_CALL,
                {"role": "tool", "tool_name": "read", "content": "text"},
            ],
            "tools": [OLLAMA_READ],
            "think": "low",
            "format": "json",
            "stream": False,
        },
        {
            "messages": (
                Message("user", "Hello", images=(PNG,)),
                OLLAMA_CALLED,
                Message("tool", "text", tool_name="read", tool_call_id="call_1"),
            ),
            "tools": (READ,),
            "think": "low",
            "format": "json",
            "stream": False,
        },
    ),
    (OLLAMA_CHAT, {"messages": [], "options": {"num_predict": -1}}, {"max_tokens": None}),
    (
        OLLAMA_GENERATE,
        {"prompt": "Hello", "system": "Be kind.", "format": SCHEMA},
        {"messages": (Message("system", "Be kind."), HELLO), "format": SCHEMA, "suffix": None},
    ),
    (
        OLLAMA_GENERATE,
        {"prompt": "def f(", "suffix": "return a"},
        {"messages": (Message("user", "def f("),), "suffix": "return a", "tool_choice": "none"},
    ),
    (OLLAMA_GENERATE, {}, {"messages": ()}),
    (
        COMPLETIONS,
        {"prompt": ["Hello"], "suffix": "!", "logprobs": 2, "stop": "END", "seed": 3},
        {
            "messages": (HELLO,),
            "suffix": "!",
            "top_logprobs": 2,
            "stop": ("END",),
            "seed": 3,
            "stream": False,
        },
    ),
]


@pytest.mark.parametrize(("dialect", "body", "expected"), ROWS)
def test_what_is_asked(
    dialect: Dialect, body: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    asked = dialect.read({"model": "m", **body})
    assert asked.model == "m"
    assert {name: getattr(asked, name) for name in expected} == dict(expected)


def test_results_without_ids_belong_to_the_next_call_of_the_name() -> None:
    call = {"function": {"name": "read", "arguments": {}}}
    other = {"function": {"name": "list", "arguments": {}}}
    asked = OLLAMA_CHAT.read(
        {
            "model": "m",
            "messages": [
                {"role": "assistant", "content": "", "tool_calls": [call, other, call]},
                {"role": "tool", "tool_name": "list", "content": "b"},
                {"role": "tool", "tool_name": "read", "content": "a"},
                {"role": "tool", "content": "c"},
            ],
        }
    )
    ids = [one.id for one in asked.messages[0].tool_calls]
    assert [one.tool_call_id for one in asked.messages[1:]] == [ids[1], ids[0], ids[2]]


def test_what_was_read_is_complete() -> None:
    """A new field of `Asked` is to be read by every dialect, or passed over on purpose."""
    assert {field.name for field in fields(Asked)} == {
        *("model", "messages", "tools", "tool_choice", "parallel_calls", "max_tokens"),
        *("temperature", "seed", "stop", "think", "format", "sampling", "top_logprobs"),
        *("suffix", "prompted", "keep_alive", "stream", "include_usage", "previous", "keep"),
        "unknown_call",
    }


@pytest.mark.parametrize(
    "body",
    [
        {"messages": SAYS_HELLO},
        {"model": "m", "messages": SAYS_HELLO, "stream": True},
        {"model": "m", "messages": [{"role": "system", "content": "Be kind."}, *SAYS_HELLO]},
    ],
)
def test_what_says_nothing_else_is_read_like_what_may(body: Mapping[str, Any]) -> None:
    """Most requests of chats are read by a shorter way; a field that is null takes the long one."""
    assert CHAT.read(body) == CHAT.read({**body, "temperature": None})


def test_what_a_choice_allows_is_all_that_is_offered() -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("look", "listen")]
    allowed = {"mode": "required", "tools": [tools[1]]}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    asked = CHAT.read({"messages": SAYS_HELLO, "tools": tools, "tool_choice": choice})
    assert [tool.name for tool in asked.tools] == ["listen"]
    assert asked.tool_choice == "required"


def test_a_call_from_before_there_were_ids() -> None:
    called = {"role": "assistant", "function_call": {"name": "look", "arguments": '{"at": "x"}'}}
    told = {"role": "function", "name": "look", "content": "seen"}
    asked = CHAT.read({"messages": [*SAYS_HELLO, called, told]})
    assert asked.messages[1].tool_calls == (ToolCall("", "look", {"at": "x"}),)
    assert (asked.messages[2].role, asked.messages[2].tool_name) == ("tool", "look")


def test_what_anthropics_servers_found_is_read_or_passed_over() -> None:
    found = {
        "type": "search_result",
        "title": "T",
        "source": "https://example.org",
        "content": [{"type": "text", "text": "Found."}],
    }
    said = [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
        {"type": "text", "text": "So."},
    ]
    messages = [{"role": "assistant", "content": said}, {"role": "user", "content": [found]}]
    asked = MESSAGES.read({"max_tokens": 9, "messages": messages})
    assert [one.content for one in asked.messages] == ["So.", "T\nhttps://example.org\nFound."]
