"""The output of a command: its beginning and its end, whatever its size."""

from __future__ import annotations

import asyncio


class Output(asyncio.Protocol):
    """Collects what arrives, at most `limit` bytes of it; the middle of a longer text is dropped.

    The pipe is always read on, so that a command never stops at a full one. `ended` is set when
    the last writer has closed it.
    """

    def __init__(self, limit: int) -> None:
        """`limit` is in bytes; a third of it is for the beginning."""
        self._head = bytearray()
        self._tail = bytearray()
        self._head_limit = limit // 3
        self._tail_limit = limit - self._head_limit
        self._total = 0
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Take a piece."""
        self._total += len(data)
        space = self._head_limit - len(self._head)
        if space > 0:
            self._head += data[:space]
            data = data[space:]
        self._tail += data
        if len(self._tail) > 2 * self._tail_limit + 65536:
            self._trim()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's shape
        """Every writer is gone."""
        self.ended.set()

    @property
    def cut(self) -> int:
        """Bytes that are left out."""
        self._trim()
        return self._total - len(self._head) - len(self._tail)

    def text(self) -> str:
        """Return the text; what is not UTF-8 is shown as U+FFFD, a cut as a line that says so."""
        cut = self.cut
        if not cut:
            return (self._head + self._tail).decode(errors="replace")
        head = self._head.decode(errors="replace").rstrip("\ufffd")
        tail = self._tail.decode(errors="replace").lstrip("\ufffd")
        return f"{head}\n[… {cut:,} bytes of output left out here …]\n{tail}"

    def take(self) -> tuple[str, int]:
        """Return what has arrived since the last time, and the bytes that are left out of it."""
        cut, text = self.cut, self.text()
        self._head.clear()
        self._tail.clear()
        self._total = 0
        return text, cut

    def _trim(self) -> None:
        excess = len(self._tail) - self._tail_limit
        if excess > 0:
            del self._tail[:excess]
