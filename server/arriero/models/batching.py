"""Answers in batches: the chunks that came together stay together.

Whoever passes an answer on can then write it at once, which is most of what that costs.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol, cast

from arriero.models.types import ChatRequest, Chunk, Provider

Batch = Sequence[Chunk]


class Batching(Protocol):
    """A provider that knows what came together."""

    async def batches(self, request: ChatRequest) -> AsyncGenerator[Batch, None]:
        """Return the stream of one answer as `Provider.chat` gives it, in batches not empty."""


async def batches(provider: Provider, request: ChatRequest) -> AsyncGenerator[Batch, None]:
    """Return one answer in batches, of one chunk each where the provider knows no better."""
    # To ask whether it is one by isinstance costs as much as some pieces.
    if hasattr(provider, "batches"):
        return await cast("Batching", provider).batches(request)
    return _single(provider, request)


async def _single(provider: Provider, request: ChatRequest) -> AsyncGenerator[Batch, None]:
    chat = cast("AsyncGenerator[Chunk, None]", provider.chat(request))
    async with aclosing(chat) as chunks:
        async for chunk in chunks:
            yield (chunk,)
