"""Lines of a text that are cut out of it only when somebody looks at them.

Where most lines match, to have each as an object of Python's takes longer than to find them, and
who asks for them mostly wants the first ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress, count, islice
from typing import overload

from arriero.index.lines import Line, Lines, LinesOfText, in_parts, plain

_SPREAD = 200  # characters for each line: where there are more, the text is not kept for its lines

Mark = Callable[[str], bytes]
"""Returns for each line of a text, which has plain ends and none at its own, 1 to mark it, or 0."""


class Marked(LinesOfText):
    """The marked lines of a text, in their order, each with its number from 1."""

    __slots__ = ("_count", "_marks", "_text")

    def __init__(self, text: str, mark: Mark) -> None:
        """Have the lines of any text marked."""
        self._text = plain(text)
        self._marks = b"".join(map(mark, in_parts(self._text)))
        self._count = self._marks.count(1)

    @property
    def texts(self) -> list[str]:
        """The lines without their ends, cut out anew."""
        texts: list[str] = []
        at = 0
        for part in in_parts(self._text):
            lines = part.split("\n")
            texts += compress(lines, self._marks[at : at + len(lines)])
            at += len(lines)
        return texts

    @property
    def numbers(self) -> list[int]:
        """The lines' numbers."""
        return [*compress(count(1), self._marks)]

    def kept(self, which: Sequence[int]) -> Lines:
        """Return those lines for which it is said, in their order, that they are kept."""
        return Lines(self.numbers, self.texts).kept(which)

    def first(self, most: int) -> Marked | Lines:
        """Return the first lines; no more of the text is cut than these need."""
        if self._count <= most:
            return self
        numbers = [*islice(compress(count(1), self._marks), most)]
        last = numbers[-1] if numbers else 0
        lines = self._text.split("\n", last)[:last]
        return Lines(numbers, [*compress(lines, self._marks)])

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Lines: ...
    def __getitem__(self, at: int | slice) -> Line | Lines:
        if not isinstance(at, slice) and 0 <= at < self._count - 1:
            return self.first(at + 1)[at]
        return super().__getitem__(at)


Found = Lines | Marked
"""Lines of one text."""


def marked(text: str, mark: Mark) -> Found:
    """Return the marked lines of any text, and not all of it for the sake of a few of them."""
    found = Marked(text, mark)
    return found if len(found) * _SPREAD >= len(text) else found[:]
