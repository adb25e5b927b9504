"""What is wrong with the settings, for the person who wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands and a sentence that says what to write instead.

    `source` is a file or what else the value came from; `line` counts from 1, None outside files.
    """

    source: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = f"{self.source}, line {self.line}" if self.line else self.source
        return f"{place}: {self.message}"


class SettingsError(Exception):
    """The settings cannot be used; `problems` in order, `str(error)` names the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 1
        also = f" ({more} more after this one)" if more else ""
        super().__init__(f"{self.problems[0]}{also}")
