"""Find out what a model can do, once for each model: one small question on each rung."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import cast

from arriero.agent.ladder import Rung, reader, render
from arriero.agent.model_profile import ModelProfile
from arriero.agent.token_profile import model_key
from arriero.models.errors import (
    ModelError,
    ModelNotFound,
    NoMemory,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
    WindowExceeded,
)
from arriero.models.priority import Yielded
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Message,
    Provider,
    RunnerOptions,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    ToolSpec,
    Usage,
)
from arriero.within import within

log = logging.getLogger(__name__)

Say = Callable[[str], Awaitable[None]]

# Models that think need room before they call; those that do not stop far below it.
_MOST_TOKENS = 512
_PATH = {"type": "string", "description": "Path in the workspace."}
_PARAMETERS = {"type": "object", "properties": {"path": _PATH}, "required": ["path"]}
_TOOLS = (
    ToolSpec("list_directory", "List the files in a folder.", _PARAMETERS),
    ToolSpec("read_file", "Read a text file.", _PARAMETERS),
)
_OFFERED = {tool.name: ("path",) for tool in _TOOLS}
_QUESTION = (
    Message("system", "You work in the user's editor. Use the tools to see files; never guess."),
    Message("user", "What does the file notes.txt say?"),
)
_WORDS: dict[Rung, str] = {
    "native": "asking with the server's own tools",
    "prompted": "asking with tools in the prompt",
    "constrained": "asking for JSON",
}
# Failures that say nothing of the model: it may do better another time.
_CHANCE = (StreamBroken, ServerBusy, NoMemory, WindowExceeded)


@dataclass
class _Answer:
    calls: list[ToolCall] = field(default_factory=list)
    thought: bool = False
    finished: Finished | None = None

    @property
    def works(self) -> bool | None:
        """Whether the file was asked for; None if the answer's limit came first."""
        if any(
            call.name == "read_file" and "notes.txt" in str(call.arguments.get("path"))
            for call in self.calls
        ):
            return True
        cut = self.finished is None or self.finished.reason == "length"
        return None if cut and not self.calls else False


async def probe(
    provider: Provider,
    model: str,
    *,
    runner: RunnerOptions,
    digest: str,
    say: Say,
    timeout: float = 300.0,
    now: Callable[[], float] = time.time,
) -> ModelProfile:
    """Ask a model for one call on each rung and return what it has shown.

    At most three requests with the same `runner` options, so that the model is loaded once, each
    of 512 tokens at most, thinking included. `timeout` is in seconds for all of them; what was not
    found out by then stays None, as does what failed by chance. `say` tells the person what goes
    on. `now` is the clock for `probed_at`. Raises `ProviderUnavailable`, `ModelNotFound`, and
    `Yielded` when something more urgent came in between, and `ModelError` for a model that cannot
    chat; other failures of one rung do not end it.
    Cancelling closes the model's stream.
    """
    key = model_key(provider.name, model, digest)
    probing = _Probing(provider, model, runner, say, ModelProfile(key, digest))
    try:
        await within(probing.all_rungs(), timeout)
    except asyncio.TimeoutError:
        log.info("probing %s took longer than %g s", model, timeout)
        await say(f"{model} is too slow to be asked for more")
    return replace(probing.profile, rung=_best(probing.profile), probed_at=now())


class _Probing:
    def __init__(
        self, provider: Provider, model: str, runner: RunnerOptions, say: Say, profile: ModelProfile
    ) -> None:
        self._provider = provider
        self._model = model
        self._say = say
        self._request = ChatRequest(
            model, _QUESTION, _TOOLS, runner, max_tokens=_MOST_TOKENS, temperature=0.0
        )
        self._usages: list[Usage] = []
        self.profile = profile

    async def all_rungs(self) -> None:
        details = await self._provider.show(self._model)
        if details.capabilities and "completion" not in details.capabilities:
            raise ModelError(
                f"{self._model} cannot chat ({', '.join(sorted(details.capabilities))} only): "
                "choose another model."
            )
        if "tools" in details.capabilities:
            works = await self._rung("native")
            self.profile = replace(self.profile, native_works=works)
        works = await self._rung("prompted")
        self.profile = replace(self.profile, prompted_works=works)
        works = await self._rung("constrained")
        self.profile = replace(self.profile, constrained_works=works)

    async def _rung(self, rung: Rung) -> bool | None:
        await self._say(f"{self._model}: {_WORDS[rung]}")
        answer = _Answer()
        try:
            await self._ask(rung, answer)
        except (ProviderUnavailable, ModelNotFound, Yielded):
            raise
        except ModelError as error:
            log.info("probing %s on %s: %s (%s)", self._model, rung, error, error.cause)
            return None if isinstance(error, _CHANCE) else False
        finally:
            self._learn(rung, answer)
        return answer.works

    async def _ask(self, rung: Rung, answer: _Answer) -> None:
        reading = reader(rung, _OFFERED)
        chunks = self._provider.chat(render(self._request, rung))
        async with aclosing(cast("AsyncGenerator[Chunk, None]", chunks)) as stream:
            async for chunk in stream:
                pieces = (
                    reading.feed(chunk.text)
                    if isinstance(chunk, TextChunk)
                    else reading.finish()
                    if isinstance(chunk, Finished)
                    else [chunk]
                )
                for piece in pieces:
                    if isinstance(piece, ToolCallChunk):
                        answer.calls.append(piece.call)
                    answer.thought |= isinstance(piece, ThinkingChunk)
                if isinstance(chunk, Finished):
                    answer.finished = chunk

    def _learn(self, rung: Rung, answer: _Answer) -> None:
        if rung != "constrained":  # there it was told not to think
            thinks = self.profile.thinks or answer.thought
            if thinks or answer.finished is not None:
                self.profile = replace(self.profile, thinks=thinks)
        if answer.finished is not None:
            self._usages.append(answer.finished.usage)
            self.profile = replace(
                self.profile,
                tokens_per_second=_speed(
                    sum(usage.answer_tokens for usage in self._usages),
                    sum(usage.answer_ms for usage in self._usages),
                ),
                # The first prompt is new to the server; of others it may have parts in its cache.
                prompt_tokens_per_second=_speed(
                    self._usages[0].prompt_tokens - (self._usages[0].cached_tokens or 0),
                    self._usages[0].prompt_ms,
                ),
            )


def _best(profile: ModelProfile) -> Rung | None:
    """Return the first rung that works: the nearer to the model's training, the better."""
    rungs: tuple[Rung, ...] = ("native", "prompted", "constrained")
    return next((rung for rung in rungs if profile.works(rung)), None)


def _speed(tokens: int, milliseconds: int) -> float:
    """Return tokens per second, 0 where the server tells too little."""
    return round(tokens * 1000 / milliseconds, 1) if tokens > 0 and milliseconds > 0 else 0.0
