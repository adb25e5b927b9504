"""One answer of a model, passed on: the client has tools of its own, or wants none of ours.

The model is asked in the form of tools that it understands (`agent.ladder`), and what it prints is
read, so that the client gets proper calls of any model.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from functools import cached_property

from arriero.agent import ladder
from arriero.agent.ladder import AnswerReader, Ladder
from arriero.agent.model_profile import ModelProfiles
from arriero.agent.toolcalls import BrokenCall, Piece
from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Refused
from arriero.gateway.served import Served
from arriero.models.batching import Batch
from arriero.models.errors import ModelError
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    TextChunk,
    Think,
    ToolCall,
    ToolCallChunk,
    Usage,
)
from arriero.settings.model import AgentSettings

_FORMS = 3  # of giving tools that are tried at most
_MANY = 500  # messages
_LONG = 256 * 1024  # characters

log = logging.getLogger(__name__)


class Relay:
    """Passes answers on; what is seen of a model is kept in `profiles`."""

    def __init__(self, profiles: ModelProfiles) -> None:
        self._profiles = profiles

    async def answer(
        self, asked: Asked, served: Served, settings: AgentSettings, affinity: str = ""
    ) -> AsyncGenerator[Batch, None]:
        """Stream one answer in batches; closing it closes the connection to the model's server.

        Raises ModelError, and `Refused` for what the model cannot do.
        """
        request = _request(asked, served, settings, affinity)
        climbing = Ladder(
            served.entry.tools,
            self._profiles.known(served.profile.key) or served.profile,
            can_use_tools="tools" in served.details.capabilities,
        )
        said = False
        for form in range(1, _FORMS + 1):
            attempt = _Attempt(asked, request, climbing)
            try:
                rendered = await attempt.rendered()
                async with served.provider.in_turn(rendered) as stream:
                    async for batch in stream:
                        chunks = attempt.read(batch)
                        if chunks:
                            said = True
                            yield chunks
                            if isinstance(chunks[-1], Finished):
                                break
            except ModelError as error:
                moved = None if said else climbing.refused(error)
                if moved is None or form == _FORMS:
                    raise
                log.info("%s: %s (%s)", served.model, moved, error.cause)
            else:
                break
        if climbing.profile != served.profile:
            await self._profiles.save(climbing.profile)


class _Attempt:
    """One attempt at an answer, on the ladder's rung of the moment."""

    def __init__(self, asked: Asked, request: ChatRequest, climbing: Ladder) -> None:
        self._asked = asked
        self._request = request
        self._climbing = climbing
        self._rung = ladder.rendered_rung(request, climbing.rung)
        self._calls = 0
        self._broken = 0
        # When the request was sent: while the model's server is at work on it.
        asyncio.get_running_loop().call_soon(lambda: self._reader)

    async def rendered(self) -> ChatRequest:
        """Return the request as it is sent."""
        if self._rung == "native" and not _is_long(self._request):
            return ladder.render(self._request, self._rung)
        # A long conversation, or one that is printed.
        return await asyncio.to_thread(ladder.render, self._request, self._rung)

    def read(self, batch: Batch) -> Batch:
        """Return what is certain now; what is `Finished` is last."""
        reader = self._reader
        if reader is None:
            return batch
        found: list[Chunk] = []
        for chunk in batch:
            if isinstance(chunk, TextChunk):
                # Nearly all is words and nothing else: they go on as they are.
                if not chunk.logprobs and reader.passes(chunk.text):
                    found.append(chunk)
                    continue
                self._take(reader.feed(chunk.text), found)
            elif not isinstance(chunk, Finished):
                self._take((chunk,), found)
            # The model may go on with what only a tool could say: that is of no use.
            if isinstance(chunk, Finished) or reader.over:
                self._take(reader.finish(), found)
                self._ended()
                found.append(chunk if isinstance(chunk, Finished) else Finished("stop", Usage()))
                break
        return found

    @cached_property
    def _reader(self) -> AnswerReader | None:
        if self._asked.top_logprobs is not None and not self._request.tools:
            return None  # words are passed on as they are: their chances belong to them
        offered = {
            tool.name: tuple(tool.parameters.get("properties") or ())
            for tool in self._request.tools
        }
        return ladder.reader(self._rung, offered)

    @cached_property
    def _ids(self) -> set[str]:
        return {call.id for message in self._asked.messages for call in message.tool_calls}

    def _take(self, pieces: Sequence[Piece], found: list[Chunk]) -> None:
        for piece in pieces:
            if isinstance(piece, BrokenCall):  # the client sees what the model wrote
                self._broken += 1
                found.append(TextChunk(piece.text))
            elif not isinstance(piece, ToolCallChunk):
                found.append(piece)
            elif self._asked.parallel_calls or not self._calls:
                self._calls += 1
                found.append(ToolCallChunk(self._named(piece.call)))

    def _named(self, call: ToolCall) -> ToolCall:
        """Return a call with an id that no other call of the conversation has."""
        if not call.id or call.id in self._ids or self._rung != "native":
            call = replace(call, id=f"call_{uuid.uuid4().hex[:24]}")
        self._ids.add(call.id)
        return call

    def _ended(self) -> None:
        """Let the ladder learn what came of it."""
        if self._calls:
            self._climbing.answered("call")
        elif self._broken:
            self._climbing.answered("bad_call")


def _request(asked: Asked, served: Served, settings: AgentSettings, affinity: str) -> ChatRequest:
    check_pictures(asked, served)
    temperature = asked.temperature
    return ChatRequest(
        served.model,
        asked.messages,
        asked.tools,
        served.runner_for(asked.keep_alive),
        max_tokens=asked.max_tokens or settings.max_answer_tokens,
        temperature=settings.temperature if temperature is None else temperature,
        seed=settings.seed if asked.seed is None else asked.seed,
        stop=asked.stop,
        think=think_of(asked, served, settings),
        format=asked.format,
        tool_choice=asked.tool_choice if asked.tools else "auto",
        affinity=affinity,
        sampling=asked.sampling,
        top_logprobs=asked.top_logprobs,
    )


def _is_long(request: ChatRequest) -> bool:
    """Tell whether it takes long to look through all messages of a request."""
    messages = request.messages
    return len(messages) > _MANY or sum([len(one.content) for one in messages]) > _LONG


def check_pictures(asked: Asked, served: Served) -> None:
    """Refuse pictures for a model that does not see; of other servers it is not known."""
    sees = "vision" in served.details.capabilities or served.entry.kind != "ollama"
    if not sees and any(message.images for message in asked.messages):
        raise Refused(
            "invalid",
            f"The model {served.model} cannot see pictures: choose one that can, or send words.",
            parameter="messages",
        )


def think_of(asked: Asked, served: Served, settings: AgentSettings) -> Think:
    """Return what is asked for, unless Ollama would refuse it for this model."""
    think = settings.think if asked.think is None else asked.think
    can = "thinking" in served.details.capabilities or served.entry.kind != "ollama"
    return think if can or think is False else None
