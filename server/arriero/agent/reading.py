"""Two readers of an answer, one behind the other."""

from __future__ import annotations

from collections.abc import Sequence

from arriero.agent.answer import AnswerReader
from arriero.agent.toolcalls import Piece
from arriero.models.types import TextChunk


class Chained:
    """Gives what the first reader leaves as text to the second.

    A call of the first comes before text that the second still holds back: what it holds is not
    yet known to be text.
    """

    def __init__(self, first: AnswerReader, second: AnswerReader) -> None:
        self._first = first
        self._second = second

    def feed(self, text: str) -> list[Piece]:
        """Read on; return what is certain now."""
        return self._through(self._first.feed(text))

    def finish(self) -> list[Piece]:
        """Return the rest: nothing can follow any more."""
        return [*self._through(self._first.finish()), *self._second.finish()]

    @property
    def over(self) -> bool:
        """Whether all that may still come is of no use."""
        return self._first.over

    def _through(self, pieces: Sequence[Piece]) -> list[Piece]:
        found: list[Piece] = []
        for piece in pieces:
            found.extend(self._second.feed(piece.text) if isinstance(piece, TextChunk) else [piece])
        return found
