"""One answer of the model: shown while it streams, and read for calls, native ones and printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

from arriero.agent.blocking import in_thread
from arriero.agent.content import MeantText, meant, meant_call
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
    taking = _Taking(answer, emit, step)
    stream = cast("AsyncGenerator[Chunk, None]", joined(provider, request))
    try:
        async with aclosing(stream):
            async for chunk in stream:
                if isinstance(chunk, TextChunk | ThinkingChunk) and repeats(chunk.text):
                    raise Repetition(
                        "The model repeated itself without end; ask again, or choose another model."
                    )
                if isinstance(chunk, TextChunk):
                    await taking.take(await _fed(reader, chunk.text))
                    if reader.over:  # the server would go on to the answer's limit
                        await taking.take(reader.finish())
                        break
                elif isinstance(chunk, Finished):
                    await taking.take(reader.finish())
                    answer.reason, answer.usage = chunk.reason, chunk.usage
                else:
                    await taking.take([chunk])
    except (ModelError, asyncio.CancelledError):
        # What was held back as the beginning of a call is shown.
        await asyncio.shield(taking.take(reader.finish()))
        raise
    return answer


async def _fed(reader: AnswerReader, text: str) -> list[Piece]:
    if len(text) <= _READ_AT_ONCE:
        return reader.feed(text)
    return await in_thread(reader.feed, text)  # a server that does not stream sends all in one


class _Taking:
    """Puts an answer together and shows it, with the texts that the model means.

    That comes behind the readers: what a model copies of a call that it was shown is text to them.
    """

    def __init__(self, answer: Answer, emit: Emit, step: int) -> None:
        self._answer = answer
        self._emit = emit
        self._step = step
        self._text = MeantText()
        self._thinking = MeantText()

    async def take(self, pieces: Sequence[Piece]) -> None:
        """Add what has come."""
        answer = self._answer
        for piece in pieces:
            match piece:
                case TextChunk(text):
                    if said := self._text.feed(text):
                        answer.text += said
                        await self._emit(Text(self._step, said))
                case ThinkingChunk(text):
                    if thought := self._thinking.feed(text):
                        answer.thinking += thought
                        await self._emit(Thought(self._step, thought))
                case ToolCallChunk(call):
                    answer.calls.append(meant_call(call))
                case BrokenCall():
                    answer.calls.append(replace(piece, text=meant(piece.text)))
