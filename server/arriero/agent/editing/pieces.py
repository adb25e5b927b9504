"""What a reader of edits has found so far and not yet given away: text, calls, broken calls."""

from __future__ import annotations

from collections.abc import Sequence

from arriero.agent.toolcalls.results import FoundCall, Item, Piece
from arriero.models.types import TextChunk, ToolCall, ToolCallChunk


class Pieces:
    """Collects pieces in the answer's order; neighbouring texts become one piece."""

    def __init__(self) -> None:
        self._ready: list[Piece] = []
        self._texts: list[str] = []
        self._calls = 0

    def text(self, *parts: str) -> None:
        """Add text for the reader of the answer."""
        self._texts += parts

    def items(self, items: Sequence[Item]) -> None:
        """Add edits; each that is whole becomes a call with an id of its own."""
        self._flush()
        for item in items:
            if isinstance(item, FoundCall):
                self._calls += 1
                call = ToolCall(f"edit_{self._calls}", item.name, item.arguments)
                self._ready.append(ToolCallChunk(call))
            else:
                self._ready.append(item)

    def taken(self) -> list[Piece]:
        """Give away what there is."""
        self._flush()
        ready, self._ready = self._ready, []
        return ready

    def _flush(self) -> None:
        if self._texts:
            self._ready.append(TextChunk("".join(self._texts)))
            self._texts = []
