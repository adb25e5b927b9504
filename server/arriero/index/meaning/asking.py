"""The seam between a search and the vectors, and what their answer says for a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from arriero.index.reader import Snapshot
from arriero.index.signals import Found

MOST_NEAR = 100
"""Chunks that a search is told of."""

_LEAST_SPREAD = 1e-6
_LEAST = 0.25  # of the way from what is usual to the closest: below, it is no reason


@dataclass(frozen=True)
class Near:
    """Rows of chunks and their cosines with a question, the closest first.

    `usual` is about the cosine of chunks of no interest. `note` is a sentence on why there are
    none, or not all; `late` where that is news for a search by words as well.
    """

    rows: tuple[int, ...] = ()
    closeness: tuple[float, ...] = ()
    usual: float = 0.0
    note: str = ""
    late: bool = False


class Meaning(Protocol):
    """Where a search asks what is close to a question."""

    def begin(self, question: str, *, patient: bool) -> Callable[[], Near]:
        """Ask, and return what waits for the answer, not for long; both belong to threads.

        `patient` is a search that is about nothing else.
        """


@dataclass(frozen=True)
class NoMeaning:
    """There are no vectors; `note` says why, and what to do."""

    note: str = "Search by meaning is not set up: name an embedding model in `meaning.model`."

    def begin(self, question: str, *, patient: bool) -> Callable[[], Near]:  # noqa: ARG002 - the seam's
        """Return what answers that there is nothing."""
        return lambda: Near(note=self.note)


def close_in_meaning(snapshot: Snapshot, near: Near) -> list[Found]:
    """Files that are close to the question, each with its closest lines."""
    found: dict[str, Found] = {}
    cosines = dict(zip(near.rows, near.closeness, strict=True))
    spread = max(max(near.closeness, default=0.0) - near.usual, _LEAST_SPREAD)
    for row, path, line, end_line in snapshot.places(near.rows):
        sure = (cosines[row] - near.usual) / spread
        if path not in found and sure >= _LEAST:
            why = f"close in meaning to lines {line}-{end_line}"
            found[path] = Found(path, why, line, end_line, sure=min(sure, 1.0))
    return list(found.values())
