"""One answer of the model: shown while it streams, and read for calls, native ones and printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol, cast

from arriero.agent.blocking import in_thread
from arriero.agent.stream import joined
from arriero.agent.toolcalls import BrokenCall, Piece
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
from arriero.sessions.events import EventBody, Text, Thought

_READ_AT_ONCE = 1000  # characters: a millisecond or two, as lines may be looked up as files

Emit = Callable[[EventBody], Awaitable[None]]
Call = ToolCall | BrokenCall


class AnswerReader(Protocol):
    """Finds in the text of an answer what is meant for us, while it streams."""

    def feed(self, text: str) -> list[Piece]:
        """Read on; return what is certain now."""

    def finish(self) -> list[Piece]:
        """Return the rest: nothing can follow any more."""

    @property
    def over(self) -> bool:
        """Whether all that may still come is of no use."""


class Repetition(ModelError):
    """The model repeats itself without end; its answer was given up."""


@dataclass
class Answer:
    """What the model said; `calls` are in its order, those that cannot be read among them."""

    text: str = ""
    thinking: str = ""
    calls: list[Call] = field(default_factory=list)
    reason: str = "stop"
    usage: Usage = field(default_factory=Usage)

    @property
    def empty(self) -> bool:
        """Whether it holds nothing that a person or a tool could use."""
        return not self.calls and not self.text.strip()


async def ask(
    provider: Provider,
    request: ChatRequest,
    reader: AnswerReader,
    repeats: Callable[[str], bool],
    emit: Emit,
    step: int,
) -> Answer:
    """Ask for one answer and show it as it comes.

    `reader` is fed the text; `repeats` sees text and thinking and says when there is no hope that
    they will end. Raises Repetition then, and ModelError; the stream is closed in any case. An
    answer that the reader has enough of has no usage.
    """
    answer = Answer()
    stream = cast("AsyncGenerator[Chunk, None]", joined(provider, request))
    try:
        async with aclosing(stream):
            async for chunk in stream:
                if isinstance(chunk, TextChunk | ThinkingChunk) and repeats(chunk.text):
                    raise Repetition(
                        "The model repeated itself without end; ask again, or choose another model."
                    )
                if isinstance(chunk, TextChunk):
                    await _take(answer, await _fed(reader, chunk.text), emit, step)
                    if reader.over:  # the server would go on to the answer's limit
                        await _take(answer, reader.finish(), emit, step)
                        break
                elif isinstance(chunk, Finished):
                    await _take(answer, reader.finish(), emit, step)
                    answer.reason, answer.usage = chunk.reason, chunk.usage
                else:
                    await _take(answer, [chunk], emit, step)
    except (ModelError, asyncio.CancelledError):
        # What was held back as the beginning of a call is shown.
        await asyncio.shield(_take(answer, reader.finish(), emit, step))
        raise
    return answer


async def _fed(reader: AnswerReader, text: str) -> list[Piece]:
    if len(text) <= _READ_AT_ONCE:
        return reader.feed(text)
    return await in_thread(reader.feed, text)  # a server that does not stream sends all in one


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
