"""What these endpoints need to know of the models behind the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from arriero.agent.tokens import TokenEstimate
from arriero.models.embedding import Embedder
from arriero.models.types import (
    ChatRequest,
    LoadedModel,
    ModelDetails,
    ModelInfo,
    RunnerOptions,
)


@dataclass(frozen=True)
class Counted:
    """An answer for which a model read so many tokens; without one where it was not asked."""

    body: Mapping[str, Any]
    model: str = ""
    tokens: int = 0


class Server(Embedder, Protocol):
    """Where a model runs. Every method may raise a `ModelError`."""

    @property
    def name(self) -> str:
        """The provider's name in the settings."""

    async def count_tokens(self, request: ChatRequest) -> int | None:
        """Return the exact tokens of a prompt; None if the server cannot tell."""

    async def loaded(self) -> list[LoadedModel]:
        """List the models in memory."""


class Serving(Protocol):
    """A model that can be asked."""

    @property
    def provider(self) -> Server:
        """Where it runs."""

    @property
    def model(self) -> str:
        """The name under which its server knows it."""

    @property
    def runner(self) -> RunnerOptions:
        """The options with which everything uses it."""

    def runner_for(self, keep_alive: str | int | None) -> RunnerOptions:
        """Return the same for a request whose client says how long the model stays in memory."""

    @property
    def window(self) -> int:
        """The window in use, in tokens; 0 where nobody tells it."""

    @property
    def details(self) -> ModelDetails:
        """What the server tells of it."""


class Models(Protocol):
    """The models that are served; every method may raise a `ModelError`."""

    async def find(self, name: str) -> Serving:
        """Return the model that a client means; raises `ModelNotFound`."""

    async def all(self) -> list[tuple[str, ModelInfo]]:
        """Return the models that are listed, each with its provider's name."""

    async def estimate(self, model: str) -> TokenEstimate:
        """Return what was learned of the tokens of the model that a client means."""
