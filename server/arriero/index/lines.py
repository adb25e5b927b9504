"""The lines of a text that have something, with their numbers, without looking at the others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import overload

Line = tuple[int, str]
"""A number from 1 and the line without its end."""

_DENSE = 120  # characters: where there is a hit in fewer, it is quicker to go through all lines
_VERY_DENSE = 60  # characters: then from the beginning on
_HITS = 16  # that are so dense: then it is done so for some way
_WAY, _LONGEST_WAY = 1 << 12, 1 << 17  # characters: twice as many each time that it was worth it
_RARE = 200  # characters: the same where there are several texts to look for
_SAMPLE = 1 << 10  # characters by which that is told
_PART = 1 << 20  # characters that are cut into lines at once: no thread runs meanwhile


class LinesOfText(Sequence[Line]):
    """Some lines of one text, in their order."""

    __slots__ = ()

    @property
    @abstractmethod
    def numbers(self) -> Sequence[int]:
        """The lines' numbers."""

    @property
    @abstractmethod
    def texts(self) -> Sequence[str]:
        """The lines without their ends."""

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Line]:
        return zip(self.numbers, self.texts, strict=True)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Lines: ...
    def __getitem__(self, at: int | slice) -> Line | Lines:
        if isinstance(at, slice):
            return Lines(self.numbers[at], self.texts[at])
        return self.numbers[at], self.texts[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of a list

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"


class Lines(LinesOfText):
    """Lines in their order, as two lists: a pair is made of each only when it is looked at.

    To make the pairs of all lines, and to have garbage collection go through them, took a tenth of
    a search for every line with a common word.
    """

    __slots__ = ("numbers", "texts")

    numbers: Sequence[int]
    texts: Sequence[str]

    def __init__(self, numbers: Sequence[int] = (), texts: Sequence[str] = ()) -> None:
        """Take as many numbers as texts."""
        self.numbers = numbers
        self.texts = texts

    def first(self, most: int) -> Lines:
        """Return the first lines."""
        return self if len(self.numbers) <= most else self[:most]

    def kept(self, which: Sequence[int]) -> Lines:
        """Return those lines for which it is said, in their order, that they are kept."""
        if 0 not in which:
            return self
        return Lines([*compress(self.numbers, which)], [*compress(self.texts, which)])


def all_lines(text: str) -> Lines:
    """Return every line; an empty text has one, which is empty."""
    lines: list[str] = []
    for part in in_parts(plain(text)):
        lines += part.split("\n")
    return Lines(range(1, len(lines) + 1), lines)


def plain(text: str) -> str:
    """Return a text with plain line ends and none at its own end."""
    return _with_plain_ends(text).removesuffix("\n")


def in_parts(text: str) -> Iterator[str]:
    """Yield a text that is plain in parts of whole lines, each without an end at its own."""
    at = 0
    while (end := text.find("\n", at + _PART)) >= 0:
        yield text[at:end]
        at = end + 1
    yield text[at:] if at else text


def lines_having(
    text: str, wanted: Sequence[str], *, ignore_case: bool = False, at: int = 0
) -> Lines:
    """Return the lines that have one of some texts, none of which is empty or has a line end.

    With `ignore_case` these are ASCII in lower case. None is before `at`.
    """
    in_pairs = False
    if "\r" in text:
        in_pairs = text.count("\r\n") == text.count("\r")
        if not in_pairs:  # some are line ends by themselves
            text, at = _with_plain_ends(text), 0
    if len(wanted) == 1 and not ignore_case:
        found = _having(text, text, wanted[0], at)
    else:
        found = _having_one_of(text, wanted, ignore_case=ignore_case, at=at)
    if in_pairs:
        return Lines(found.numbers, [line.removesuffix("\r") for line in found.texts])
    return found


def _having_one_of(text: str, wanted: Sequence[str], *, ignore_case: bool, at: int) -> Lines:
    folded = text.lower() if ignore_case else text
    if len(folded) != len(text):  # by a letter that becomes two: nothing is where it was
        return _among(text, folded, wanted)
    if len(wanted) == 1:
        return _having(text, folded, wanted[0], at)
    if are_rare(folded, wanted):
        return _having_any(text, folded, wanted)
    return _among(text, folded, wanted)


def are_rare(text: str, wanted: Sequence[str], at: int = 0) -> bool:
    """Tell by a part of a text whether it is quicker to look for some texts than at all lines."""
    length = min(len(text) - at, _SAMPLE)
    hits = sum([text.count(one, at, at + length) for one in wanted])
    return hits * (_RARE if len(wanted) > 1 else _VERY_DENSE) <= length


def _having(text: str, folded: str, wanted: str, at: int) -> Lines:
    """Go from hit to hit, but through all lines where hits are dense."""
    find, find_end, find_start, line_ends = folded.find, text.find, text.rfind, text.count
    numbers: list[int] = []
    lines: list[str] = []
    at = find(wanted, at)
    number, counted, end = 1, 0, -2
    hits_left, near, way_length = _HITS, at + _HITS * _DENSE, _WAY
    while at >= 0:
        start = find_start("\n", 0, at) + 1
        # In the line that follows there is nothing to count.
        number += 1 if start == end + 1 else line_ends("\n", counted, start)
        counted = start
        end = find_end("\n", at)
        if end < 0:
            end = len(text)
        numbers.append(number)
        lines.append(text[start:end])
        hits_left -= 1
        if not hits_left:
            hits_left = _HITS
            if end < near:
                begin, end = end + 1, _line_end(text, end + way_length)
                way = text[begin:end]
                by = way if folded is text else folded[begin:end]
                found = _among(way, by, (wanted,), number + 1)
                numbers += found.numbers
                lines += found.texts
                number += line_ends("\n", begin, end) + 1
                counted = end
                if len(found) * _DENSE > len(way):
                    hits_left = 1  # then it is asked again
                    way_length = min(2 * way_length, _LONGEST_WAY)
                else:
                    way_length = _WAY
            near = end + hits_left * _DENSE
        at = find(wanted, end)
    return Lines(numbers, lines)


def _having_any(text: str, folded: str, wanted: Sequence[str]) -> Lines:
    numbers: list[int] = []
    lines: list[str] = []
    number, counted = 1, 0
    for start, end in sorted({span for one in wanted for span in _spans(folded, one)}):
        number += text.count("\n", counted, start)
        counted = start
        numbers.append(number)
        lines.append(text[start:end])
    return Lines(numbers, lines)


def _among(text: str, folded: str, wanted: Sequence[str], first: int = 1) -> Lines:
    """Go through all lines, of which the first has a number."""
    lines = text.split("\n")
    by = lines if folded is text else folded.split("\n")
    return Lines(range(first, first + len(lines)), lines).kept(having_one(by, wanted))


def having_one(lines: Sequence[str], wanted: Sequence[str]) -> list[bool]:
    """Return of each line whether it has one of some texts."""
    if not wanted:
        return [False] * len(lines)
    having = [wanted[0] in line for line in lines]
    for one in wanted[1:]:
        having = [had or one in line for had, line in zip(having, lines, strict=True)]
    return having


def _spans(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Yield where the lines with a text begin and end."""
    at = text.find(wanted)
    while at >= 0:
        end = _line_end(text, at)
        yield text.rfind("\n", 0, at) + 1, end
        at = text.find(wanted, end)


def _line_end(text: str, at: int) -> int:
    """Return where the line ends that has a place, or the last one."""
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _with_plain_ends(text: str) -> str:
    if "\r" in text:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text
