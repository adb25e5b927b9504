"""A text of which nothing is left but code: its lines, its brackets, and which belong together."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from itertools import accumulate

_BRACKET = re.compile(r"[(){}\[\]]")
_SPACE = re.compile(r"[ \t\n]*")
_OPENS = {")": "(", "]": "[", "}": "{"}


class Unclear(Exception):
    """Only a parser can tell."""


class Bracketed:
    """`bare` is the text, `pairs` has the place of each bracket's other one."""

    def __init__(self, bare: str, brackets: re.Pattern[str] = _BRACKET) -> None:
        """`brackets` says which of them count. Raises `Unclear` where one has no other one."""
        self.bare = bare
        self.pairs: dict[int, int] = {}
        self._outer: dict[int, int] = {}  # of brackets that open: those around them
        sizes = [len(line) + 1 for line in bare.split("\n")]
        self._ends = [*accumulate(sizes, initial=-1)][1:]
        self._match(brackets)

    @functools.cached_property
    def _places(self) -> list[int]:
        return sorted(self.pairs)

    def line(self, at: int) -> int:
        """Return the number of the line that a place is in."""
        ends = self._ends
        return bisect_right(ends, at - 1) + 1 if at else 1

    def around(self, at: int) -> int:
        """Return the place of the innermost bracket that is open at a place, -1 if none."""
        found = bisect_right(self._places, at - 1) - 1
        if found < 0:
            return -1
        place = self._places[found]
        return place if place in self._outer else self._outer[self.pairs[place]]

    def before(self, at: int) -> int:
        """Return the place behind the last character before a place that is no white space."""
        bare = self.bare
        while at and bare[at - 1] in " \t\n":
            at -= 1
        return at

    def after(self, at: int) -> int:
        """Return the first place from one on that has no white space; the text's length if none."""
        match = _SPACE.match(self.bare, at)
        assert match is not None
        return match.end()

    def _match(self, brackets: re.Pattern[str]) -> None:
        stack: list[int] = []
        pairs, outer, bare = self.pairs, self._outer, self.bare
        innermost = -1
        for match in brackets.finditer(bare):
            at = match.start()
            opens = _OPENS.get(match[0])
            if opens is None:
                outer[at] = innermost
                stack.append(innermost)
                innermost = at
            elif innermost < 0 or bare[innermost] != opens:
                raise Unclear
            else:
                pairs[innermost], pairs[at] = at, innermost
                innermost = stack.pop()
        if stack:
            raise Unclear
