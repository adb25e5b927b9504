"""A model's answer in the pieces in which it can be stored and shown.

Each piece is on disk before the next is shown. What the model says while one is being written is
joined to one piece, so that a fast model does not wait for the disk and a slow one is shown word by
word.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from arriero.models.types import ChatRequest, Chunk, Provider, TextChunk, ThinkingChunk

_MOST_WAITING = 1024  # chunks; then the model's stream waits


async def joined(provider: Provider, request: ChatRequest) -> AsyncIterator[Chunk]:
    """Stream an answer; neighbouring texts that wait together come as one.

    Raises ModelError. Closing the iterator closes the model's stream before it returns.
    """
    waiting: asyncio.Queue[Chunk | BaseException | None] = asyncio.Queue(_MOST_WAITING)
    reading = asyncio.create_task(_read(provider, request, waiting))
    try:
        while True:
            for item in _join(await _all(waiting)):
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def _read(
    provider: Provider, request: ChatRequest, waiting: asyncio.Queue[Chunk | BaseException | None]
) -> None:
    try:
        stream = cast("AsyncGenerator[Chunk, None]", provider.chat(request))
        async with aclosing(stream):
            async for chunk in stream:
                await waiting.put(chunk)
    except Exception as error:  # noqa: BLE001 - raised where the answer is read
        await waiting.put(error)
    else:
        await waiting.put(None)


async def _all(
    waiting: asyncio.Queue[Chunk | BaseException | None],
) -> list[Chunk | BaseException | None]:
    items = [await waiting.get()]
    while not waiting.empty():
        items.append(waiting.get_nowait())
    return items


def _join(items: list[Chunk | BaseException | None]) -> list[Chunk | BaseException | None]:
    joined: list[Chunk | BaseException | None] = []
    for item in items:
        last = joined[-1] if joined else None
        if isinstance(item, TextChunk) and isinstance(last, TextChunk):
            joined[-1] = TextChunk(last.text + item.text)
        elif isinstance(item, ThinkingChunk) and isinstance(last, ThinkingChunk):
            joined[-1] = ThinkingChunk(last.text + item.text)
        else:
            joined.append(item)
    return joined
