"""A whole file in a fence that names it, line by line."""

from __future__ import annotations

from arriero.agent.editing.marks import Fence, fence
from arriero.agent.toolcalls.results import BrokenCall, FoundCall, Item

WRITE = "write_file"
_CUT = (
    "The file was cut off, so nothing was written. Write a shorter part of it, by changing only "
    "the lines that differ."
)


class WholeFile:
    """The text of a file up to its closing fence."""

    def __init__(self, path: str, opening: Fence, begun: list[str]) -> None:
        """`begun` are the lines so far: the fence, what stood before it, and the first one."""
        self._path = path
        self._fence = opening
        self._raw = begun[:-1]
        self._lines: list[str] = []
        self._inner: Fence | None = None
        self.take(begun[-1])

    def take(self, line: str) -> Item | None:
        """Take the next line with its end; return the call if it closes the fence.

        A fence within the file is told from its end by the language it names.
        """
        self._raw.append(line)
        if self._inner is not None:
            if self._inner.closed_by(line):
                self._inner = None
        elif self._fence.closed_by(line):
            content = "".join(self._lines)
            return FoundCall(WRITE, {"path": self._path, "content": content})
        else:
            opening = fence(line)
            if opening is not None and opening.info:
                self._inner = opening
        self._lines.append(line[:-2] + "\n" if line.endswith("\r\n") else line)
        return None

    def cut(self) -> BrokenCall:
        """Return this file as a call that is not executed."""
        return BrokenCall(WRITE, "".join(self._raw), _CUT)
