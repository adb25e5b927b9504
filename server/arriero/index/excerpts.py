"""The lines that a hit shows: the part of a file where most of the words are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arriero.index.composed import composed, ways_to_write
from arriero.index.overlay import LaidText
from arriero.index.signals import Found
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import decode
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.excerpt import MOST_COLUMNS, plain_lines
from arriero.workspace.usertexts import MOST_BYTES

_MOST_LINES = 12
_BEFORE = 2  # lines before the first one that matches
_LONGEST_LINE = 300  # characters
_LOOKED_AT = 200_000  # characters of a file where no lines are known
_MOST_OF_A_WORD = 100  # lines of one file that are looked at because they have it


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
        self._words = tuple(dict.fromkeys(words))

    def of(self, found: Found) -> Excerpt | None:
        """Return the lines to show; None where there is no such text any more."""
        text = self._text(found.path)
        if text is None:
            return None
        if found.name:
            return self._defined(text, found)
        lines = _first_lines(text, max(found.line, found.end_line)) if found.line else []
        if 0 < found.line <= len(lines):
            section, first = "\n".join(lines[found.line - 1 :]), found.line
            start = self._densest(section, first)
        else:  # nothing is known of where it is, or the file is not as it was
            section, first = text[:_LOOKED_AT], 1
            if "\r" in section:
                section = section.replace("\r\n", "\n").replace("\r", "\n")
            start = self._densest(section, first)
            lines = _first_lines(section, start + _MOST_LINES - 1) or [""]
        return _excerpt(lines, start, min(start + _MOST_LINES - 1, len(lines)))

    def _defined(self, text: str, found: Found) -> Excerpt | None:
        """Return a definition from its first line on, which may have moved since it was indexed."""
        lines = _first_lines(text, max(found.line, found.end_line))
        start, last = found.line, found.end_line
        forms = ways_to_write(found.name)
        if not 0 < start <= len(lines) or not any(form in lines[start - 1] for form in forms):
            lines = plain_lines(text)
            having = [at for at, line in enumerate(lines, 1) if any(form in line for form in forms)]
            if not having:
                return None
            start = min(having, key=lambda at: abs(at - found.line))
            last = found.end_line if found.line <= len(lines) else len(lines)
        last = max(min(last, len(lines), start + _MOST_LINES - 1), start)
        return _excerpt(lines, start, last)

    def _densest(self, section: str, first: int) -> int:
        """Return the first line of where the most different words are close together.

        `section` are lines of a file, from the line `first` on.
        """
        having = self._having(section)
        best, best_count = first, 0
        near: Counter[str] = Counter()
        end = 0
        for place, word in having:
            while end < len(having) and having[end][0] < place + _MOST_LINES - _BEFORE:
                near[having[end][1]] += 1
                end += 1
            if len(near) > best_count:
                best, best_count = max(first, first + place - _BEFORE), len(near)
                if best_count == len(self._words):
                    break
            near[word] -= 1
            if not near[word]:
                del near[word]
        return best

    def _having(self, section: str) -> list[tuple[int, str]]:
        """Return the places of lines that have a word, with the word, in order."""
        folded = composed(section).lower()
        found = []
        for word in self._words:
            place, counted = 0, 0  # `place` is that of the line at `counted`
            at = folded.find(word)
            for _ in range(_MOST_OF_A_WORD):
                if at < 0:
                    break
                place += folded.count("\n", counted, at)
                found.append((place, word))
                counted = folded.find("\n", at)  # a line is counted once
                at = folded.find(word, counted) if counted >= 0 else -1
        found.sort()
        return found

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


def around(line: str, wanted: str) -> str:
    """Return a line, or of a long one what is around a text, else its beginning."""
    if len(line) <= MOST_COLUMNS:
        return line
    start = max(line.find(wanted) - MOST_COLUMNS // 3, 0)
    end = start + MOST_COLUMNS
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")


def _first_lines(text: str, most: int) -> list[str]:
    """Return the first lines of a text without their ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n", most)
    if len(lines) > most or not lines[-1]:
        lines.pop()
    return lines


def _excerpt(lines: Sequence[str], first: int, last: int) -> Excerpt:
    shown = [line[:_LONGEST_LINE] for line in lines[first - 1 : last]]
    return Excerpt(first, last, "\n".join(shown))
