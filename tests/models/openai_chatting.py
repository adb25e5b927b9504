"""Chatting through an OpenAI-compatible provider."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from arriero.models.openai import OpenAiProvider
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Message,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    ToolSpec,
)
from models.openai_server import MODEL, StandIn

READ = ToolSpec("read_file", "Read a file.", {"type": "object", "required": ["path"]})
HELLO = ChatRequest(MODEL, [Message("user", "Hello")], tools=[READ])


@asynccontextmanager
async def talking(
    stand_in: StandIn | None = None,
    name: str = "llamacpp",
    *,
    timeout: float = 5,
    retries: int = 0,
    api_key: str | None = None,
) -> AsyncIterator[tuple[StandIn, OpenAiProvider]]:
    async with stand_in or StandIn() as server:
        provider = OpenAiProvider(
            name, server.base_url, timeout=timeout, retries=retries, api_key=api_key
        )
        yield server, provider
        await provider.aclose()


async def collect(provider: OpenAiProvider, **changes: Any) -> list[Chunk]:
    async def run() -> list[Chunk]:
        request = dataclasses.replace(HELLO, **changes)
        return [chunk async for chunk in provider.chat(request)]

    return await asyncio.wait_for(run(), 10)


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextChunk))


def thinking(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, ThinkingChunk))


def calls(chunks: list[Chunk]) -> list[ToolCall]:
    return [chunk.call for chunk in chunks if isinstance(chunk, ToolCallChunk)]


def finished(chunks: list[Chunk]) -> Finished:
    last = chunks[-1]
    assert isinstance(last, Finished)
    return last
