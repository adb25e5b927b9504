"""Texts by line: offsets, positions in the three encodings of LSP, and line ends.

A line ends with CR LF, LF or CR and with nothing else (LSP 3.18, "Text Documents"): form feed,
U+0085 and U+2028 are ordinary characters, unlike in `str.splitlines`. Offsets count code points.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

PositionEncoding = Literal["utf-8", "utf-16", "utf-32"]
Eol = Literal["\n", "\r\n", "\r"]

_LINE_END = re.compile(r"\r\n|\n|\r")
_SLICE = 256 * 1024  # characters that are looked at in one step
_CHUNK = 256  # lines; near the square root of the lines in a file of 1 MB


def dominant_eol(text: str) -> Eol:
    """Return the line end that occurs most often; LF in a tie and in a text of one line."""
    crlf = text.count("\r\n")
    lf = text.count("\n") - crlf
    cr = text.count("\r") - crlf
    if lf >= crlf and lf >= cr:
        return "\n"
    return "\r\n" if crlf >= cr else "\r"


def with_eol(text: str, eol: str) -> str:
    """Return `text` with every line end replaced by `eol`."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if eol == "\n" else text.replace("\n", eol)


def split_lines(text: str) -> list[str]:
    """Return the lines of `text`, each with its line end; joined they are `text` again.

    An empty text has no lines, and a final line end is not followed by an empty line.
    """
    if text.count("\r") == text.count("\r\n"):  # so every line ends with LF
        lines = text.split("\n")
        last = lines.pop()
        lines = [line + "\n" for line in lines]
    else:
        ends = [0, *(match.end() for match in _LINE_END.finditer(text))]
        lines = [text[a:b] for a, b in pairwise(ends)]
        last = text[ends[-1] :]
    if last:
        lines.append(last)
    return lines


class LineIndex:
    """A text and the starts of its lines; immutable, so that every thread may keep one.

    `replaced` makes the index of an edited text from this one at the cost of copying the text.
    """

    __slots__ = ("_layout", "text")

    def __init__(self, text: str, _layout: _Layout | None = None) -> None:
        self.text = text
        self._layout = _layout or _Layout.of(text)

    @property
    def line_count(self) -> int:
        """The number of lines; a text that ends with a line end has an empty last line."""
        return self._layout.count

    def line_at(self, offset: int) -> int:
        """Return the number of the line (from 0) that holds `offset`, line ends included."""
        return self._layout.line_at(max(offset, 0))

    def line_start(self, line: int) -> int:
        """Return the offset where `line` (from 0) starts; the text's length past the last line."""
        if line >= self._layout.count:
            return len(self.text)
        return self._layout.start_of(max(line, 0))

    def line_end(self, line: int) -> int:
        """Return the offset where the content of `line` ends, before its line end."""
        start, end = self.line_start(line), self.line_start(line + 1)
        if end > start and self.text[end - 1] == "\n":
            end -= 1
            if end == start or self.text[end - 1] != "\r":
                return end
        return end - 1 if end > start and self.text[end - 1] == "\r" else end

    def offset_at(self, line: int, character: int, encoding: PositionEncoding) -> int:
        """Return the offset of a position.

        A character past the end of its line is the line's end, a line past the last is the end of
        the text, what is negative is 0 (LSP 3.18, `Position`). A character in the middle of an
        encoded code point is its start.
        """
        if line < 0:
            return 0
        if line >= self._layout.count:
            return len(self.text)
        start, end = self.line_start(line), self.line_end(line)
        character = max(character, 0)
        if self._one_unit_each(encoding):
            return min(start + character, end)
        low, high, units = start, min(start + character, end), 0
        while low < high:  # the longest piece of the line that fits in so many units
            middle = (low + high + 1) // 2
            more = units + _units(self.text[low:middle], encoding)
            if more <= character:
                low, units = middle, more
            else:
                high = middle - 1
        return low

    def position_at(self, offset: int, encoding: PositionEncoding) -> tuple[int, int]:
        """Return line and character of an offset, which is clamped to the text.

        The offset between CR and LF has no position of its own: it is the end of the line.
        """
        line = self.line_at(min(offset, len(self.text)))
        start = self.line_start(line)
        offset = min(max(offset, 0), self.line_end(line))
        if self._one_unit_each(encoding):
            return line, offset - start
        return line, _units(self.text[start:offset], encoding)

    def replaced(self, start: int, end: int, new: str) -> LineIndex:
        """Return the index of the text with `[start, end)` replaced by `new`."""
        old = self.text
        if not 0 <= start <= end <= len(old):
            raise ValueError(f"[{start}, {end}) is not within a text of {len(old)} characters")
        text = "".join((old[:start], new, old[end:]))
        # A CR before `start` may have been half of a CR LF, or become it. Line ends that begin at
        # `end` or later stay, and with them the line after the one that holds `end`.
        scan_from = max(start - 1, 0)
        first, last = self.line_at(scan_from), self.line_at(end)
        delta = len(new) - (end - start)
        found = _starts_after(text, scan_from, start + len(new))
        if last + 1 < self.line_count and found and found[-1] == self.line_start(last + 1) + delta:
            found.pop()
        layout = self._layout.spliced(first, last, found, delta, astral=_has_astral(new))
        return LineIndex(text, layout)

    def _one_unit_each(self, encoding: PositionEncoding) -> bool:
        if encoding == "utf-32":
            return True
        # `str.isascii` does not look at the characters: it costs nothing for a text of any size.
        return self.text.isascii() or (encoding == "utf-16" and not self._layout.astral)


@dataclass(frozen=True)
class _Layout:
    """Where lines start, in chunks that an edited text's layout shares with the old one's.

    A chunk holds the starts of its lines relative to the first of them; `offsets` and `lines` are
    the start and the number of each chunk's first line. `astral` may be True for a text without
    characters of two UTF-16 units, never False for one with them.
    """

    chunks: list[array[int]]
    offsets: list[int]
    lines: list[int]
    astral: bool

    @staticmethod
    def of(text: str) -> _Layout:
        # Slice by slice, so that in a thread a text of any size lets others have their turn.
        starts = [0]
        for at in range(0, len(text), _SLICE):
            starts += _starts_after(text, at, min(at + _SLICE, len(text)))
        chunks, offsets = _chunked(starts)
        return _Layout(chunks, offsets, _first_lines(chunks, 0), _has_astral(text))

    @property
    def count(self) -> int:
        return self.lines[-1] + len(self.chunks[-1])

    def line_at(self, offset: int) -> int:
        i = bisect_right(self.offsets, offset) - 1
        return self.lines[i] + bisect_right(self.chunks[i], offset - self.offsets[i]) - 1

    def start_of(self, line: int) -> int:
        i = bisect_right(self.lines, line) - 1
        return self.offsets[i] + self.chunks[i][line - self.lines[i]]

    def spliced(
        self, first: int, last: int, found: list[int], delta: int, *, astral: bool
    ) -> _Layout:
        """Return the layout with the starts of lines `first + 1 .. last` made `found`.

        Lines after `last` move by `delta` characters.
        """
        head = bisect_right(self.lines, first) - 1
        tail = bisect_right(self.lines, last) - 1
        kept = self.chunks[head][: first - self.lines[head] + 1]
        after = self.chunks[tail][last - self.lines[tail] + 1 :]
        base, shift = self.offsets[head], self.offsets[tail] + delta
        if len(kept) + len(found) + len(after) <= 2 * _CHUNK:
            kept.extend([start - base for start in found])
            kept.extend(after if shift == base else [start + shift - base for start in after])
            chunks, offsets = [kept], [base]
        else:
            starts = [start + base for start in kept] + found + [start + shift for start in after]
            chunks, offsets = _chunked(starts)
        more = len(found) - (last - first)
        return _Layout(
            self.chunks[:head] + chunks + self.chunks[tail + 1 :],
            self.offsets[:head] + offsets + [start + delta for start in self.offsets[tail + 1 :]],
            self.lines[:head]
            + _first_lines(chunks, self.lines[head])
            + [line + more for line in self.lines[tail + 1 :]],
            self.astral or astral,
        )


def _units(text: str, encoding: PositionEncoding) -> int:
    """Count code units; a lone surrogate, which JSON can carry, is one in UTF-16."""
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _has_astral(text: str) -> bool:
    if text.isascii():
        return False
    slices = (text[at : at + _SLICE] for at in range(0, len(text), _SLICE))
    return any(_units(one, "utf-16") != len(one) for one in slices)


def _starts_after(text: str, start: int, stop: int) -> list[int]:
    """Return where lines start after the line ends that begin in `[start, stop)`."""
    # One character more, so that a CR LF which begins at `stop - 1` is seen whole.
    past = min(stop + 1, len(text))
    if text.count("\r", start, stop) != text.count("\r\n", start, stop):
        matches = _LINE_END.finditer(text, start, past)
        return [match.end() for match in matches if match.start() < stop]
    if text.find("\n", start, stop) < 0:
        return []
    pieces = text[start:stop].split("\n")
    pieces.pop()
    lengths = accumulate((len(piece) + 1 for piece in pieces), initial=start)
    return list(lengths)[1:]


def _chunked(starts: list[int]) -> tuple[list[array[int]], list[int]]:
    offsets = starts[::_CHUNK]
    chunks = [
        array("Q", [start - base for start in starts[i : i + _CHUNK]])
        for i, base in zip(range(0, len(starts), _CHUNK), offsets, strict=True)
    ]
    return chunks, offsets


def _first_lines(chunks: list[array[int]], first: int) -> list[int]:
    counts = [len(chunk) for chunk in chunks]
    return list(accumulate(counts[:-1], initial=first))
