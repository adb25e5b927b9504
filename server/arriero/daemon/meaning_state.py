"""How far the vectors of a folder are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MeaningPhase = Literal["waiting", "embedding", "paused", "ready", "failing"]


@dataclass(frozen=True)
class MeaningState:
    """Of `chunks`, `done` have a vector or need none; `message` is a sentence.

    "failing": it is tried again by itself, less and less often.
    """

    state: MeaningPhase
    model: str
    chunks: int = 0
    done: int = 0
    message: str = ""
