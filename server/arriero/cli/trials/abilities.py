"""What is tried of a model, each with a question of its own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from arriero.cli.trials.picture import red_square
from arriero.cli.trials.result import Tried
from arriero.models.errors import ModelError
from arriero.models.registry import AnyProvider
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Message,
    ModelDetails,
    RunnerOptions,
    TextChunk,
    ThinkingChunk,
    ToolCallChunk,
    ToolSpec,
)

_ANSWER_TOKENS = 512
_MOST_DESCRIBED = 30
_WEATHER = ToolSpec(
    "get_weather",
    "Tell the weather of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
_SHAPE: Mapping[str, Any] = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
}


@dataclass(frozen=True)
class Subject:
    """The model that is tried, with the options that runs use it with."""

    provider: AnyProvider
    details: ModelDetails
    runner: RunnerOptions

    async def ask(self, words: str, **more: Any) -> list[Chunk]:
        """Return the pieces of an answer; raises ModelError."""
        images: tuple[bytes, ...] = more.pop("images", ())
        request = ChatRequest(
            self.details.name,
            (Message("user", words, images=images),),
            runner=self.runner,
            max_tokens=_ANSWER_TOKENS,
            temperature=0.0,
            seed=1,
            **more,
        )
        async with aclosing(self.provider.chat(request)) as answer:
            return [chunk async for chunk in answer]


async def streams(subject: Subject) -> Tried:
    """Tell whether an answer comes in pieces."""
    chunks = await subject.ask("Count from 1 to 9 in digits, with a blank between two.")
    pieces = sum(isinstance(chunk, TextChunk) for chunk in chunks)
    if not pieces:
        return Tried("no", "it said nothing")
    return Tried("yes") if pieces > 1 else Tried("no", "all at once")


async def calls_tools(subject: Subject) -> Tried:
    """Tell whether the server's own tool calls work."""
    chunks = await subject.ask(
        "What is the weather in Quito? Use the tool.", tools=(_WEATHER,), think=None
    )
    calls = [chunk.call for chunk in chunks if isinstance(chunk, ToolCallChunk)]
    if any(call.name == _WEATHER.name and "city" in call.arguments for call in calls):
        return Tried("yes")
    if calls:
        return Tried("no", "its call was wrong")
    printed = _WEATHER.name in _text(chunks)
    return Tried("no", "prints its calls" if printed else "made no call")


async def obeys_format(subject: Subject) -> Tried:
    """Tell whether the server enforces a JSON schema."""
    chunks = await subject.ask(
        "What is 2 and 3? Say it in words of your own, in a friendly way.",
        format=_SHAPE,
        think=False if "thinking" in subject.details.capabilities else None,
    )
    try:
        value = json.loads(_text(chunks))
    except ValueError:
        return Tried("no", "not JSON")
    fits = isinstance(value, dict) and isinstance(value.get("sum"), int)
    return Tried("yes") if fits else Tried("no", "another shape")


async def thinks(subject: Subject) -> Tried:
    """Tell whether a model shows that it thinks."""
    asked = True if "thinking" in subject.details.capabilities else None
    chunks = await subject.ask("Is 91 a prime number?", think=asked)
    thought = any(isinstance(chunk, ThinkingChunk) for chunk in chunks)
    return Tried("yes" if thought else "no")


async def sees(subject: Subject) -> Tried:
    """Tell whether a model is told to see, or else whether the server takes a picture for it."""
    chunks = await subject.ask(
        "Which colour is this? Answer with one word.", images=(red_square(),)
    )
    if "red" in _text(chunks).lower():
        return Tried("yes")
    told = "vision" in subject.details.capabilities
    return Tried("yes", "but not red") if told else Tried("no", "took it, but did not see it")


async def embeds(subject: Subject) -> Tried:
    """Tell whether a model of the provider makes vectors."""
    provider = subject.provider
    for info in (await provider.models())[:_MOST_DESCRIBED]:
        try:
            if "embedding" not in (await provider.show(info.name)).capabilities:
                continue
            vectors = await provider.embed(info.name, ["one", "two"], RunnerOptions())
        except ModelError:
            continue
        if len(vectors) == 2 and len({len(vector) for vector in vectors}) == 1:
            return Tried("yes", f"{info.name}, {len(vectors[0])} numbers")
    return Tried("no", "no model for it")


Trial = Callable[[Subject], Awaitable[Tried]]
ABILITIES: Mapping[str, Trial] = {
    "streams": streams,
    "tools": calls_tools,
    "schema": obeys_format,
    "thinks": thinks,
    "images": sees,
    "embeds": embeds,
}


def _text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextChunk))
