"""The seam to whatever writes what belongs between two texts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from arriero.models.types import Chunk, ModelDetails, RunnerOptions, Think


@dataclass(frozen=True)
class Prompted:
    """How a prompt is sent that stands alone, as Ollama's `/api/generate` takes one.

    `raw`: it is written with the model's own marks and goes to the model as it is; then `system`,
    `template` and `context` must be empty. `context` are the tokens of an answer of before. Only
    Ollama takes what is not raw.
    """

    raw: bool = True
    system: str = ""
    template: str = ""
    context: tuple[int, ...] = ()
    images: tuple[bytes, ...] = ()
    format: Mapping[str, Any] | Literal["json"] | None = None
    think: Think = None
    top_logprobs: int | None = None


@dataclass(frozen=True)
class FillRequest:
    """One request for the text between `before` and `after`.

    With `prompted` it is for what follows the prompt in `before` instead, and there is no `after`.
    `runner` must be what the model's other requests say, or it is loaded anew. `affinity` and
    `sampling` are as in `ChatRequest`.
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
    sampling: Mapping[str, float | int] = field(default_factory=dict)
    prompted: Prompted | None = None


class Filler(Protocol):
    """Something that fills in the middle; the providers are."""

    def can_fill(self, details: ModelDetails) -> bool:
        """Tell whether a model may fill in the middle, as far as can be told without asking it.

        `details` are what `show` answered.
        """

    def fill(self, request: FillRequest) -> AsyncGenerator[Chunk, None]:
        """Stream the text, and `Finished` as the last chunk. Closing it closes the connection.

        Nothing is repeated: what comes late is not wanted any more. Raises `ModelError`,
        `FillingUnsupported` or `PromptUnsupported` where the model or the server cannot.
        """
