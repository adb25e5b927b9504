"""What both protocols write alike of a conversation. No input or output happens here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from arriero.models.types import Message, ToolSpec


def function_tool(tool: ToolSpec) -> dict[str, Any]:
    """Return a tool as an element of a request's `tools`."""
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": function}


def call_ids(messages: Iterable[Message]) -> Iterator[str]:
    """Yield the ids of all calls in a conversation."""
    for message in messages:
        for call in message.tool_calls:
            yield call.id


def call_text(name: str, arguments: str) -> str:
    """Return a call as a model prints it; `arguments` are what it wrote, JSON or not."""
    return f'{{"name": {json.dumps(name, ensure_ascii=False)}, "arguments": {arguments}}}'
