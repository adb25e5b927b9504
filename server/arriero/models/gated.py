"""`Gated`: a provider whose answers keep to their turn at the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Protocol, cast

from arriero.models.batching import Batch, batches
from arriero.models.choice import Advisor
from arriero.models.embedding import Embedder, Vectors
from arriero.models.filling import Filler, FillRequest
from arriero.models.priority import Gate, Priority, Turn
from arriero.models.types import (
    ChatRequest,
    Chunk,
    LoadedModel,
    ModelDetails,
    ModelInfo,
    Provider,
    PullProgress,
    RunnerOptions,
)
from arriero.within import ended


class FullProvider(Provider, Advisor, Filler, Embedder, Protocol):
    """Everything that providers can do."""


class Gated:
    """Chat, filling and embeddings wait for their turn; all else passes through."""

    def __init__(self, provider: FullProvider, gate: Gate, priority: Priority) -> None:
        self._provider = provider
        self._gate = gate
        self._priority = priority

    @property
    def name(self) -> str:
        """The key of this provider in the settings."""
        return self._provider.name

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        """Stream one answer; raises `Yielded` when one of low priority is sent away."""
        async with aclosing(self._in_turn(self._stream(request))) as chunks:
            async for chunk in chunks:
                yield chunk

    def in_turn(
        self, request: ChatRequest
    ) -> AbstractAsyncContextManager[AsyncGenerator[Batch, None]]:
        """Hold a turn, and have one answer in batches in it: for a chat, which nobody sends away.

        Its pieces do not pass through here: a generator more is what each of them would pay for.
        """
        assert self._priority == "chat", "what can be sent away is read by a task"
        return _InTurn(self._gate.use(self._priority), self._provider, request)

    def can_fill(self, details: ModelDetails) -> bool:
        """Tell whether a model may fill in the middle; see `Filler`."""
        return self._provider.can_fill(details)

    async def fill(self, request: FillRequest) -> AsyncGenerator[Chunk, None]:
        """Stream what belongs between two texts; raises `Yielded` when sent away."""
        async with aclosing(self._in_turn(self._provider.fill(request))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def models(self) -> list[ModelInfo]:
        """List what the provider has, by name."""
        return await self._provider.models()

    async def show(self, model: str) -> ModelDetails:
        """Describe one model; raises `ModelNotFound`."""
        return await self._provider.show(model)

    async def loaded(self) -> list[LoadedModel]:
        """List the models in memory; empty where the provider does not tell."""
        return await self._provider.loaded()

    async def count_tokens(self, request: ChatRequest) -> int | None:
        """Return the exact tokens of a prompt as the server renders it; None if it cannot tell."""
        return await self._provider.count_tokens(request)

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,
        dimensions: int | None = None,
    ) -> Vectors:
        """Return a vector for each text, see `Embedder`; raises `Yielded` when sent away."""
        async with self._gate.use(self._priority) as turn:
            return await turn.do(self._provider.embed(model, texts, runner, dimensions))

    def remedy(self) -> str:
        """Return how to get a model: the end of a sentence."""
        return self._provider.remedy()

    async def version(self) -> str:
        """Ask for the server's version: the cheapest proof that it answers."""
        return await self._provider.version()

    async def pull(self, model: str) -> AsyncIterator[PullProgress]:
        """Fetch a model, where the provider can; else raises `ModelError`."""
        async for one in self._provider.pull(model):
            yield one

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._provider.aclose()

    def _stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        return cast("AsyncGenerator[Chunk, None]", self._provider.chat(request))

    def _in_turn(self, answer: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
        return self._urgent(answer) if self._priority == "chat" else self._patient(answer)

    async def _urgent(self, answer: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
        async with self._gate.use(self._priority), aclosing(answer) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _patient(self, answer: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
        """Read the answer in a task, which ends at once when it is sent away."""
        said: asyncio.Queue[Chunk | None] = asyncio.Queue()

        async def read() -> None:
            async with aclosing(answer) as chunks:
                async for chunk in chunks:
                    said.put_nowait(chunk)

        async def take_turn() -> None:
            async with self._gate.use(self._priority) as turn:
                await turn.do(read())

        task = asyncio.ensure_future(take_turn())
        task.add_done_callback(lambda _: said.put_nowait(None))
        try:
            while (chunk := await said.get()) is not None:
                yield chunk
            await task
        finally:
            await ended(task)


class _InTurn(AbstractAsyncContextManager[AsyncGenerator[Batch, None]]):
    """An answer in its turn: the turn ends when the answer is closed."""

    def __init__(
        self, turn: AbstractAsyncContextManager[Turn], provider: Provider, request: ChatRequest
    ) -> None:
        self._turn = turn
        self._provider = provider
        self._request = request
        self._answer: AsyncGenerator[Batch, None]

    async def __aenter__(self) -> AsyncGenerator[Batch, None]:
        await self._turn.__aenter__()
        try:
            self._answer = await batches(self._provider, self._request)
        except BaseException:
            await self._turn.__aexit__(None, None, None)
            raise
        return self._answer

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._answer.aclose()
        finally:
            await self._turn.__aexit__(None, None, None)
