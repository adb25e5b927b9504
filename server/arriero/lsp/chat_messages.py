"""Params and result of `arriero/chat`; on the wire the names are camelCase.

docs/protocol.md describes the shapes for writers of clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs


@attrs.frozen
class ChatCallMessage:
    """A call that a model made, with the arguments as an object."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@attrs.frozen
class ChatTurnMessage:
    """One message; `role` is system, user, assistant or tool, which names its call."""

    role: str
    content: str = ""
    tool_calls: Sequence[ChatCallMessage] = ()
    tool_call_id: str | None = None
    tool_name: str | None = None


@attrs.frozen
class ChatToolMessage:
    """A tool of the client; `parameters` is a JSON schema of type object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] | None = None


@attrs.frozen
class ChatParams:
    """What to ask of a model; pieces of the answer go to `partialResultToken` as progress."""

    model: str
    messages: Sequence[ChatTurnMessage]
    tools: Sequence[ChatToolMessage] = ()
    partial_result_token: str | int | None = None


@attrs.frozen
class ChatPieceMessage:
    """The value of a progress: a piece of text, or a whole call."""

    text: str = ""
    call: ChatCallMessage | None = None


@attrs.frozen
class ChatMessage:
    """How an answer ended (`stop`, or `length` where it reached the limit), and what it took."""

    stop_reason: str
    prompt_tokens: int
    answer_tokens: int
