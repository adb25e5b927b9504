"""What a reader of answers has found for certain and not yet given away, in the answer's order."""

from __future__ import annotations

from collections.abc import Sequence

from arriero.agent.toolcalls.results import FoundCall, Item, Piece
from arriero.models.types import TextChunk, ThinkingChunk, ToolCall, ToolCallChunk


class Pieces:
    """Collects text, thoughts and calls; neighbouring texts become one piece.

    Calls are numbered behind `prefix`, which tells them from those of other readers.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._ready: list[Piece] = []
        self._texts: list[str] = []  # what was said since the last other piece
        self._calls = 0

    def say(self, *parts: str) -> None:
        """Add text for the reader of the answer."""
        self._texts += parts

    def think(self, text: str) -> None:
        """Add what the model thought."""
        self._flush()
        self._ready.append(ThinkingChunk(text))

    def call(self, items: Sequence[Item]) -> None:
        """Add calls; each that is whole gets an id of its own."""
        self._flush()
        for item in items:
            if isinstance(item, FoundCall):
                self._calls += 1
                call = ToolCall(f"{self._prefix}_{self._calls}", item.name, item.arguments)
                self._ready.append(ToolCallChunk(call))
            else:
                self._ready.append(item)

    def taken(self) -> list[Piece]:
        """Return what there is, and forget it."""
        self._flush()
        ready, self._ready = self._ready, []
        return ready

    def _flush(self) -> None:
        if self._texts:
            self._ready.append(TextChunk("".join(self._texts)))
            self._texts = []
