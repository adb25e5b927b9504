"""The seam to whatever turns texts into vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from arriero.models.types import RunnerOptions


class Vectors(list[list[float]]):
    """One vector for each text.

    `tokens` are those of all the texts, None where the server does not tell.
    """

    def __init__(self, found: Iterable[list[float]] = (), tokens: int | None = None) -> None:
        super().__init__(found)
        self.tokens = tokens


class Embedder(Protocol):
    """Something that embeds texts; the providers are."""

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,
        dimensions: int | None = None,
    ) -> Vectors:
        """Return one vector for each text, in their order; all have the same length.

        A text is never cut: one that is longer than the window raises `WindowExceeded`. `runner`
        must be what the model's other requests say, or it is loaded anew. There is no time limit,
        since the model may have to be loaded first: cancelling closes the connection. `dimensions`
        is how long the vectors are to be; not every server heeds it.

        Raises `ModelError`, such as for a model that cannot embed.
        """
