"""What the index of a workspace is asked for a prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from arriero.index.map import Focus
from arriero.index.search import SearchResult
from arriero.index.symbols import Asked, Definition


class Known(Protocol):
    """A searcher of the workspace, see `index.searcher`. Every method blocks."""

    def search(self, query: str) -> SearchResult:
        """Return the lines that a question is about."""

    def definitions(self, asked: Asked) -> Sequence[Definition]:
        """Return what is defined under a name."""

    def outline(self, tokens: int, estimate: Callable[[str], int], focus: Focus) -> str:
        """Return a map of the workspace in at most so many tokens."""
