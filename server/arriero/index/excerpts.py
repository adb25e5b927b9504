"""The lines that a hit shows: the part of a file where most of the words are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from arriero.index.overlay import LaidText
from arriero.index.signals import Found
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import decode
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.usertexts import MOST_BYTES

_MOST_LINES = 12
_BEFORE = 2  # lines before the first one that matches
_LONGEST_LINE = 300  # characters
_LOOKED_AT = 2_000  # characters of a line
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Excerpt:
    """Lines, numbered from 1, both ends included."""

    line: int
    end_line: int
    text: str


class Excerpts:
    """Shows files as the user has them now: buffers first."""

    def __init__(self, root: str, laid: Mapping[str, LaidText], words: Sequence[str]) -> None:
        """`laid` are the buffers by absolute path, `words` what is looked for, in lower case."""
        self._confinement = Confinement([root])
        self._laid = laid
        self._words = words
        self._any_of_them = re.compile("|".join(map(re.escape, words)))

    def of(self, found: Found) -> Excerpt | None:
        """Return the lines to show; None where there is no such text any more."""
        text = self._text(found.path)
        if text is None:
            return None
        lines = plain_lines(text) or [""]
        first, last = 1, len(lines)
        if 0 < found.line <= last:
            first, last = found.line, min(max(found.end_line, found.line), last)
        if found.name:
            start = self._definition(lines, found)
            if start is None:
                return None
            last = min(last, start + _MOST_LINES - 1) if last >= start else start
        else:
            start = self._densest(lines, first, last)
        end = min(start + _MOST_LINES - 1, max(last, start))
        shown = [line[:_LONGEST_LINE] for line in lines[start - 1 : end]]
        return Excerpt(start, end, "\n".join(shown))

    def _definition(self, lines: Sequence[str], found: Found) -> int | None:
        """Return the line of a definition, which may have moved since it was indexed."""
        having = [at for at, line in enumerate(lines, 1) if found.name in line]
        return min(having, key=lambda at: abs(at - found.line), default=None)

    def _densest(self, lines: Sequence[str], first: int, last: int) -> int:
        best, best_count = first, 0
        if not self._words:
            return first
        folded = [line[:_LOOKED_AT].lower() for line in lines[first - 1 : last]]
        any_of_them = self._any_of_them.search
        having: list[Set[str]] = [
            {word for word in self._words if word in line} if any_of_them(line) else _NOTHING
            for line in folded
        ]
        for at, here in enumerate(having):
            if not here:
                continue
            count = len(set().union(*having[at : at + _MOST_LINES - _BEFORE]))
            if count > best_count:
                best, best_count = max(first, first + at - _BEFORE), count
                if count == len(self._words):
                    break
        return best

    def _text(self, path: str) -> str | None:
        laid = self._laid.get(path)
        if laid is not None:
            return laid.text
        try:
            data = self._confinement.read(path, MOST_BYTES)
        except WorkspaceError:  # gone meanwhile, too large, not to be read
            return None
        decoded = decode(data)
        return None if decoded is None else decoded[0]
