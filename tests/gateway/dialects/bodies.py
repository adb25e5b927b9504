"""Parts of requests in each dialect, and what they are in our own words."""

from __future__ import annotations

import base64
from typing import Any

from arriero.cli.trials.picture import red_square
from arriero.models.types import Message, ToolCall, ToolSpec

PNG = red_square(1)
PNG64 = base64.b64encode(PNG).decode()
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
READ = ToolSpec("read", "Read it.", SCHEMA)
CALLED = Message("assistant", "I look.", "Hm.", (ToolCall("c1", "read", {"path": "a"}),))
RESULT = Message("tool", "text", tool_name="read", tool_call_id="c1")
HELLO = Message("user", "Hello")

SAYS_HELLO = [{"role": "user", "content": "Hello"}]
NAMED_READ = {"name": "read", "description": "Read it."}
MESSAGES_READ = {**NAMED_READ, "input_schema": SCHEMA}
RESPONSES_READ = {"type": "function", **NAMED_READ, "parameters": SCHEMA}
OLLAMA_READ = {"type": "function", "function": {**NAMED_READ, "parameters": SCHEMA}}


def tool_round(result: Any) -> list[Any]:
    return [
        *SAYS_HELLO,
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "x"},
                {"type": "text", "text": "I look.", "cache_control": {"type": "ephemeral"}},
                {"type": "tool_use", "id": "c1", "name": "read", "input": {"path": "a"}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", **result}]},
    ]


PICTURE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": PNG64},
}
RESPONSES_ROUND = [
    {"type": "message", **SAYS_HELLO[0]},
    {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "Hm."}]},
    {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "I look.", "annotations": []}],
    },
    {"type": "function_call", "call_id": "c1", "name": "read", "arguments": '{"path":"a"}'},
    {"type": "function_call_output", "call_id": "c1", "output": "text"},
]
OLLAMA_CALL = {
    "role": "assistant",
    "content": "I look.",
    "thinking": "Hm.",
    "tool_calls": [{"function": {"name": "read", "arguments": {"path": "a"}}}],
}
OLLAMA_CALLED = Message("assistant", "I look.", "Hm.", (ToolCall("call_1", "read", {"path": "a"}),))
