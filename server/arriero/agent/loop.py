"""The loop of a run: ask the model, show its answer, execute its calls, ask again.

The loop knows nothing of doors, disks or processes: it is given a provider, a caller for tools and
a place to put events. Every event is stored before the next thing happens, because `emit` returns
only then.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from arriero.agent.calls import Caller
from arriero.agent.history import tool_result
from arriero.agent.stream import joined
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Message,
    Provider,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
)
from arriero.sessions.events import EventBody, StepEnded, StopReason, Text, Thought

log = logging.getLogger(__name__)

Emit = Callable[[EventBody], Awaitable[None]]


@dataclass(frozen=True)
class Ending:
    """How the loop ended, with the model's last words."""

    stop_reason: StopReason
    message: str


@dataclass
class _Answer:
    text: str = ""
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()
    reason: str = "stop"


async def run_loop(
    provider: Provider,
    request: ChatRequest,
    caller: Caller,
    emit: Emit,
    *,
    max_steps: int,
) -> Ending:
    """Run until the model stops or `max_steps` answers were given.

    `request` holds the messages so far; each step sends them with what came since appended, and
    never changes what was sent before. Raises ModelError; cancelling closes the model's stream.
    """
    messages = list(request.messages)
    used_ids = {call.id for message in messages for call in message.tool_calls}
    for step in range(1, max_steps + 1):
        answer = await _ask(provider, replace(request, messages=tuple(messages)), emit, step)
        answer.calls = _unique(answer.calls, used_ids)
        messages.append(Message("assistant", answer.text, answer.thinking, answer.calls))
        if not answer.calls:
            return _ending(answer)
        for call in answer.calls:
            result = await caller.call(call, step)
            messages.append(tool_result(call.id, call.name, result))
    return Ending(
        "max_turn_requests",
        f"Stopped after {max_steps} steps (agent.max_steps). Ask to go on, or raise the limit.",
    )


async def _ask(provider: Provider, request: ChatRequest, emit: Emit, step: int) -> _Answer:
    answer = _Answer()
    calls: list[ToolCall] = []
    stream = cast("AsyncGenerator[Chunk, None]", joined(provider, request))
    async with aclosing(stream):
        async for chunk in stream:
            match chunk:
                case TextChunk(text):
                    answer.text += text
                    await emit(Text(step, text))
                case ThinkingChunk(text):
                    answer.thinking += text
                    await emit(Thought(step, text))
                case ToolCallChunk(call):
                    calls.append(call)
                case Finished(reason, usage):
                    answer.reason = reason
                    await emit(
                        StepEnded(
                            step,
                            usage.prompt_tokens,
                            usage.answer_tokens,
                            usage.load_ms,
                            usage.prompt_ms,
                            usage.answer_ms,
                        )
                    )
    answer.calls = tuple(calls)
    return answer


def _ending(answer: _Answer) -> Ending:
    if answer.reason == "length":
        return Ending("max_tokens", answer.text)
    if not answer.text.strip():
        return Ending(
            "end_turn", "The model gave an empty answer. Ask again, or choose another model."
        )
    return Ending("end_turn", answer.text)


def _unique(calls: tuple[ToolCall, ...], used: set[str]) -> tuple[ToolCall, ...]:
    """Make ids unique in the session: results, events and doors find a call by its id."""
    unique = []
    for number, call in enumerate(calls):
        call_id = call.id or "call"
        while call_id in used:
            call_id = f"{call.id or 'call'}.{len(used)}.{number}"
        used.add(call_id)
        unique.append(replace(call, id=call_id))
    return tuple(unique)
