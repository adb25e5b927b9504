"""One answer of the model: shown while it streams, and read for calls, native ones and printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from arriero.agent.stream import joined
from arriero.agent.toolcalls import BrokenCall, Piece, TextCallReader
from arriero.models.errors import ModelError
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Provider,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)
from arriero.sessions.events import EventBody, StepEnded, Text, Thought

Emit = Callable[[EventBody], Awaitable[None]]
Call = ToolCall | BrokenCall


@dataclass
class Answer:
    """What the model said; `calls` are in its order, those that cannot be read among them."""

    text: str = ""
    thinking: str = ""
    calls: list[Call] = field(default_factory=list)
    reason: str = "stop"
    usage: Usage = field(default_factory=Usage)


async def ask(
    provider: Provider,
    request: ChatRequest,
    offered: Mapping[str, Sequence[str]],
    emit: Emit,
    step: int,
) -> Answer:
    """Ask for one answer and show it as it comes; raises ModelError.

    `offered` are the tools' names with their parameters in order: only these are read as calls
    from the text.
    """
    answer = Answer()
    reader = TextCallReader(offered) if offered else None
    stream = cast("AsyncGenerator[Chunk, None]", joined(provider, request))
    try:
        async with aclosing(stream):
            async for chunk in stream:
                if isinstance(chunk, TextChunk) and reader is not None:
                    await _take(answer, reader.feed(chunk.text), emit, step)
                elif isinstance(chunk, Finished):
                    if reader is not None:
                        await _take(answer, reader.finish(), emit, step)
                    answer.reason, answer.usage = chunk.reason, chunk.usage
                    await emit(_step_ended(step, chunk.usage))
                else:
                    await _take(answer, [chunk], emit, step)
    except (ModelError, asyncio.CancelledError):
        if reader is not None:  # what was held back as the beginning of a call is shown
            await asyncio.shield(_take(answer, reader.finish(), emit, step))
        raise
    return answer


async def _take(answer: Answer, pieces: Sequence[Piece], emit: Emit, step: int) -> None:
    for piece in pieces:
        match piece:
            case TextChunk(text):
                answer.text += text
                await emit(Text(step, text))
            case ThinkingChunk(text):
                answer.thinking += text
                await emit(Thought(step, text))
            case ToolCallChunk(call):
                answer.calls.append(call)
            case BrokenCall():
                answer.calls.append(piece)


def _step_ended(step: int, usage: Usage) -> StepEnded:
    return StepEnded(
        step,
        usage.prompt_tokens,
        usage.answer_tokens,
        usage.load_ms,
        usage.prompt_ms,
        usage.answer_ms,
    )
