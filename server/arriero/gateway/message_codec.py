"""Messages of a conversation as text to store: `encode` and `decode` are inverses."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from arriero import large_json
from arriero.models.types import Message, ToolCall


def encode(messages: Sequence[Message]) -> str:
    """Return messages as JSON; takes a while for large ones: call it in a thread."""
    return large_json.dumps([_encoded(message) for message in messages], allow_nan=True)


def decode(text: str) -> tuple[Message, ...]:
    """Return what `encode` made the text from; raises ValueError for any other text."""
    values = large_json.loads(text)
    try:
        return tuple(_decoded(value) for value in values)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a stored conversation: {error!r}") from error


def _encoded(message: Message) -> dict[str, Any]:
    value: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.thinking:
        value["thinking"] = message.thinking
    if message.tool_calls:
        value["calls"] = [[call.id, call.name, dict(call.arguments)] for call in message.tool_calls]
    if message.tool_name is not None:
        value["tool"] = message.tool_name
    if message.tool_call_id is not None:
        value["call"] = message.tool_call_id
    if message.images:
        value["images"] = [base64.b64encode(image).decode("ascii") for image in message.images]
    return value


def _decoded(value: Mapping[str, Any]) -> Message:
    return Message(
        value["role"],
        value["content"],
        value.get("thinking", ""),
        tuple(ToolCall(*call) for call in value.get("calls", ())),
        value.get("tool"),
        value.get("call"),
        tuple(base64.b64decode(image) for image in value.get("images", ())),
    )
