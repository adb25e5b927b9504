"""What came of trying a provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Tried:
    """One thing that was tried; `detail` says more in a few words."""

    answer: Answer
    detail: str = ""


@dataclass(frozen=True)
class ProviderReport:
    """A provider as it showed itself. `problem` says why nothing more was tried.

    `redirects`: something answers, and sends on to elsewhere.

    `abilities` are by the names of `trials.abilities.ABILITIES`; `model` is the one that was asked.
    """

    name: str
    kind: str
    address: str
    version: str = ""
    models: int = 0
    model: str = ""
    problem: str = ""
    redirects: bool = False
    abilities: tuple[tuple[str, Tried], ...] = ()

    @property
    def connects(self) -> bool:
        """Whether it answers."""
        return bool(self.version)
