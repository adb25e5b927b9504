"""Models that need no server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from arriero.agent.tokens import TokenEstimate
from arriero.models.embedding import Vectors
from arriero.models.errors import ModelNotFound
from arriero.models.types import (
    ChatRequest,
    LoadedModel,
    ModelDetails,
    ModelInfo,
    RunnerOptions,
)

DETAILS = ModelDetails(
    "qwen3:latest", frozenset({"completion"}), family="qwen3", trained_window=32_768
)


@dataclass
class FakeServer:
    """Turns a text into its length and a half; counts tokens only if it is told how many.

    `read` are those of the texts that it turned.
    """

    name: str = "ollama"
    tokens: int | None = None
    read: int | None = None
    counted: list[ChatRequest] = field(default_factory=list)

    async def count_tokens(self, request: ChatRequest) -> int | None:
        self.counted.append(request)
        return self.tokens

    async def loaded(self) -> list[LoadedModel]:
        return [LoadedModel("qwen3:latest", 2000, 1000, 8192, "2026-11-21T00:00:00Z")]

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,
        dimensions: int | None = None,
    ) -> Vectors:
        return Vectors(([float(len(text)), 0.5] for text in texts), self.read)


@dataclass
class FakeServing:
    """The one model."""

    provider: FakeServer
    model: str = "qwen3:latest"
    runner: RunnerOptions = field(default_factory=lambda: RunnerOptions(num_ctx=8192))
    window: int = 8192
    details: ModelDetails = field(default_factory=lambda: DETAILS)

    def runner_for(self, keep_alive: str | int | None) -> RunnerOptions:
        return self.runner


class FakeModels:
    """Has `qwen3`, and lists it."""

    def __init__(self, server: FakeServer | None = None) -> None:
        self.serving = FakeServing(server or FakeServer())

    async def find(self, name: str) -> FakeServing:
        if name not in ("", "qwen3", "qwen3:latest"):
            raise ModelNotFound(f"There is no model {name}.")
        return self.serving

    async def all(self) -> list[tuple[str, ModelInfo]]:
        return [("ollama", ModelInfo("qwen3:latest", "sha", 1000, "8B", "Q4_K_M"))]

    async def estimate(self, model: str) -> TokenEstimate:
        return TokenEstimate(model)
