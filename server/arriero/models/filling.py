"""The seam to whatever writes what belongs between two texts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from arriero.models.types import Chunk, ModelDetails, RunnerOptions


@dataclass(frozen=True)
class FillRequest:
    """One request for the text between `before` and `after`.

    `runner` must be what the model's other requests say, or it is loaded anew. `affinity` is as in
    `ChatRequest`.
    """

    model: str
    before: str
    after: str
    runner: RunnerOptions = field(default_factory=RunnerOptions)
    max_tokens: int = 128
    temperature: float | None = None
    seed: int | None = None
    stop: Sequence[str] = ()
    affinity: str = ""


class Filler(Protocol):
    """Something that fills in the middle; the providers are."""

    def can_fill(self, details: ModelDetails) -> bool:
        """Tell whether a model may fill in the middle, as far as can be told without asking it.

        `details` are what `show` answered.
        """

    def fill(self, request: FillRequest) -> AsyncGenerator[Chunk, None]:
        """Stream the text, and `Finished` as the last chunk. Closing it closes the connection.

        Nothing is repeated: what comes late is not wanted any more. Raises `ModelError`,
        `FillingUnsupported` where the model or the server cannot.
        """
