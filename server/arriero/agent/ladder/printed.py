"""A history without native calls: what the model did and what came of it, as text.

Each message is printed by itself, and what is joined are only messages between two answers. So the
printed history of a conversation that goes on begins with the one that was sent before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from arriero.models.types import Message

Printer = Callable[[Message], Message]


def printed_call(name: str, arguments: Mapping[str, Any]) -> str:
    """Return a call in the tags that most models with tools have seen in training."""
    return f"<tool_call>\n{_json({'name': name, 'arguments': dict(arguments)})}\n</tool_call>"


def constrained_call(name: str, arguments: Mapping[str, Any]) -> str:
    """Return a call as the schema demands it."""
    return _json({"tool": name, "arguments": dict(arguments)})


def constrained_answer(text: str) -> str:
    """Return an answer in words as the schema demands it."""
    return _json({"answer": text})


def tool_response(message: Message) -> str:
    """Return what a user message says of a tool's result."""
    name = (message.tool_name or "").replace('"', "'")
    opening = f'<tool_response name="{name}">' if name else "<tool_response>"
    return f"{opening}\n{message.content}\n</tool_response>"


def in_tags(message: Message) -> Message:
    """Print the calls of an answer in tags behind its words."""
    if not message.tool_calls:
        return message
    calls = [printed_call(call.name, call.arguments) for call in message.tool_calls]
    words = [message.content] if message.content.strip() else []
    return replace(message, content="\n".join([*words, *calls]), tool_calls=())


def as_objects(message: Message) -> Message:
    """Print an answer as objects, its thinking left out: here the model is not to think.

    Calls in a row come from another rung, as do words before them: a schema allows one call.
    """
    if not message.tool_calls:
        return replace(message, content=constrained_answer(message.content), thinking="")
    calls = [constrained_call(call.name, call.arguments) for call in message.tool_calls]
    words = [message.content] if message.content.strip() else []
    return replace(message, content="\n".join([*words, *calls]), thinking="", tool_calls=())


def printed(messages: Iterable[Message], answer: Printer) -> Iterator[Message]:
    """Yield messages of the roles system, user and assistant only, users never in a row.

    Results become user messages. `answer` prints what the model said.
    """
    asked: Message | None = None
    for message in messages:
        if message.role in ("tool", "user"):
            asked = _joined(asked, message)
            continue
        if asked is not None:
            yield asked
            asked = None
        yield answer(message) if message.role == "assistant" else message
    if asked is not None:
        yield asked


def _joined(before: Message | None, message: Message) -> Message:
    if message.role == "tool":
        message = Message("user", tool_response(message), images=message.images)
    if before is None:
        return message
    text = f"{before.content}\n\n{message.content}"
    return replace(before, content=text, images=(*before.images, *message.images))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
