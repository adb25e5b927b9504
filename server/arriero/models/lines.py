"""Lines, as bytes arrive. No input or output happens here."""

from __future__ import annotations


class LineCutter:
    """Cuts bytes at line feeds; `size` are the bytes of the line that has no end yet.

    A long line is put together once, when its end comes, however many pieces it comes in.
    """

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the lines that a piece completes, without their ends."""
        end = piece.find(b"\n") + 1
        if end == len(piece) and end and not self.size:
            return [piece[:-1]]  # one whole line, as most pieces are
        if not end:
            self._parts.append(piece)
            self.size += len(piece)
            return []
        first, *whole, last = piece.split(b"\n")
        whole.insert(0, b"".join((*self._parts, first)))
        self._parts, self.size = [last], len(last)
        return whole

    def end(self) -> bytes:
        """Return what has no end, and forget it."""
        last, self._parts, self.size = b"".join(self._parts), [], 0
        return last
