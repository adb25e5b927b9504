"""Chatting through the provider."""

from __future__ import annotations

import asyncio

from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import Hold
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Message,
    TextChunk,
    ToolSpec,
)

READ = ToolSpec("read_file", "Read a file.", {"type": "object", "required": ["path"]})
HELLO = ChatRequest("rehearsal", [Message("user", "Hello")], tools=[READ])


async def collect(provider: OllamaProvider, request: ChatRequest = HELLO) -> list[Chunk]:
    async def run() -> list[Chunk]:
        return [chunk async for chunk in provider.chat(request)]

    return await asyncio.wait_for(run(), 10)


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextChunk))


async def started(provider: OllamaProvider, hold: Hold) -> asyncio.Task[list[Chunk]]:
    async def run() -> list[Chunk]:
        return [chunk async for chunk in provider.chat(HELLO)]

    task = asyncio.ensure_future(run())
    await asyncio.wait_for(hold.reached.wait(), 5)
    return task
