"""Reading an answer while it comes: what of it is text, and when there is enough."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from arriero.agent.completion.spot import Spot
from arriero.agent.completion.tidy import within_block
from arriero.models.types import Chunk, Finished, TextChunk

_MOST = 20_000  # characters


@dataclass(frozen=True)
class Answer:
    """What a model wrote; `cut_off`: it ended at its limit."""

    text: str
    cut_off: bool = False


async def read(
    chunks: AsyncGenerator[Chunk, None], spot: Spot, *, several: bool, max_lines: int
) -> Answer:
    """Read an answer until its end, or until more of it would not be shown.

    The model's connection is closed then. Raises what the stream raises.
    """
    text = ""
    async with aclosing(chunks):
        async for chunk in chunks:
            if isinstance(chunk, Finished):
                return Answer(text, cut_off=chunk.reason == "length")
            if not isinstance(chunk, TextChunk):
                continue
            text += chunk.text
            ends = "\n" in chunk.text
            if (ends and _enough(text, spot, several=several, max_lines=max_lines)) or (
                len(text) > _MOST
            ):
                return Answer(text)
    return Answer(text)


async def read_whole(chunks: AsyncGenerator[Chunk, None]) -> Answer:
    """Read the text of an answer to its end."""
    text, cut_off = "", False
    async with aclosing(chunks):
        async for chunk in chunks:
            if isinstance(chunk, Finished):
                cut_off = chunk.reason == "length"
            elif isinstance(chunk, TextChunk):
                text += chunk.text
    return Answer(text, cut_off)


def _enough(text: str, spot: Spot, *, several: bool, max_lines: int) -> bool:
    whole = text[: text.rindex("\n")]
    if not several:
        return True
    return len(within_block(whole, spot, max_lines)) < len(whole.rstrip())
