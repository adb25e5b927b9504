"""Finding the lines that match, of many texts one after the other.

What is no more than some texts is found here, and so are matches of regular expressions that cannot
take long (`index.harmless`). All others are matched in a process that can be killed, which is given
only lines that have a text without which none matches, those of many files at once: most of what it
would do otherwise is to read what does not match.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from operator import is_not
from types import TracebackType

from arriero.index.harmless import Bound, harmless
from arriero.index.lines import Lines, all_lines, are_rare, having_one, lines_having
from arriero.index.marked import Found, marked
from arriero.index.needles import alternatives, needles
from arriero.index.onecharacter import OneCharacter, one_character
from arriero.workspace.matcher import BadPattern, OutOfTime, ProcessMatcher

Matching = tuple[str, Found]
"""A path and the lines of it that match: one at least."""

_FIRST_CHARACTERS, _MOST_CHARACTERS = 1 << 14, 1 << 19  # that are sent to the process at once
_LONG_PATTERN = 1_000  # characters: to compile it may take longer than the search may
_ALL = 1 << 62
_ASKED = 8  # lines are matched here before the clock is looked at again
_SHORT = 2  # characters: a text that may be in most lines
_SPECIAL = frozenset(".^$*+?{}[]\\|()")


class _TooLong(Exception):
    """There is a line that may take too long to match, so that it is for the process."""


@dataclass(frozen=True)
class Pattern:
    """What is looked for: a regular expression, or with `literal` a text."""

    text: str
    literal: bool = False
    ignore_case: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is a text, in the case that it has."""
        return not self.ignore_case and (self.literal or not _SPECIAL.intersection(self.text))

    @property
    def expression(self) -> str:
        """The regular expression."""
        return re.escape(self.text) if self.literal else self.text


class LineSearch:
    """Given one text after the other, tells their matching lines, in the order of the texts.

    `having` are texts, ASCII, of which a file must have one among its bytes; () if none is known.
    `at` is the first text of which nothing is told yet, once `OutOfTime` was raised.
    """

    def __init__(self, pattern: Pattern, deadline: float) -> None:
        """`deadline` is a time of `time.monotonic`. Raises `BadPattern`, `OutOfTime`."""
        self._pattern = pattern
        self._deadline = deadline
        # Texts that tell by themselves; without case, of lines of ASCII.
        self._texts = _alternatives(pattern)
        self._is_text = bool(self._texts) and not pattern.ignore_case
        self._needles = self._texts if self._is_text else _needles(pattern)
        in_bytes = all(map(str.isascii, self._needles)) and not pattern.ignore_case
        self.having = tuple(one.encode() for one in self._needles) if in_bytes else ()
        self._one = None if pattern.text else OneCharacter(b"")
        self._process: ProcessMatcher | None = None
        self._search: Callable[[str], object] | None = None
        self._harmless = Bound(-1)
        # Texts with lines that may match; what is decided waits for those before it.
        self._waiting: list[tuple[str, Found, bool]] = []
        self.at = ""
        self._characters, self._enough = 0, _FIRST_CHARACTERS
        if not pattern.is_plain:
            self._check()

    def __enter__(self) -> LineSearch:
        """Nothing is to be done."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()

    def lines(self, path: str, text: str, at: int = 0) -> Sequence[Matching]:
        """Take a text; return what is known by now of this one and those before it.

        None of `having` is before `at` in it. Raises `OutOfTime`, after which only `__exit__` may
        be called.
        """
        self.at = self._waiting[0][0] if self._waiting else path
        self._look_at_the_clock()
        if not text:  # it has no line, not even one that is empty
            return ()
        if self._is_text:
            found = self._having(text, at)
            return ((path, found),) if found else ()
        decided, lines = self._looked_at(text, at)
        if not lines:
            return ()
        if decided and not self._waiting:
            return ((path, lines),)
        self._waiting.append((path, lines, decided))
        self._characters += len(lines) if decided else sum(map(len, lines.texts)) + len(lines)
        return self.rest() if self._characters >= self._enough else ()

    def rest(self) -> Sequence[Matching]:
        """Return what is not yet told. Raises `OutOfTime` as `lines` does."""
        waiting, self._waiting, self._characters = self._waiting, [], 0
        self._enough = min(2 * self._enough, _MOST_CHARACTERS)
        self.at = waiting[0][0] if waiting else ""
        asked = [line for _, lines, decided in waiting if not decided for line in lines.texts]
        matching = self._matching(asked) if asked else frozenset()
        return list(_kept(waiting, matching))

    def _having(self, text: str, at: int) -> Found:
        """Return the lines that have a text; None is before `at`."""
        texts = self._texts
        if (len(texts) > 1 or len(texts[0]) <= _SHORT) and not are_rare(text, texts, at):
            return marked(text, lambda part: bytes(having_one(part.split("\n"), texts)))
        return lines_having(text, texts, at=at)

    def _looked_at(self, text: str, at: int) -> tuple[bool, Found]:
        """Return lines that may match, and whether it is certain that all of them do."""
        if self._one is not None and (self._one.is_any_line or text.isascii()):
            return True, marked(text, self._one.mark)
        if self._pattern.is_plain:  # a text that no line has, as it has a line end
            return True, Lines()
        if self._texts and text.isascii():
            return True, lines_having(text, self._texts, ignore_case=True)
        needles, ignore_case = self._needles, self._pattern.ignore_case
        every = not needles or (not ignore_case and not are_rare(text, needles, at))
        try:
            if every:
                return True, marked(text, self._mark)
            lines = lines_having(text, needles, ignore_case=ignore_case, at=at)
            return True, lines.kept(self._matched(lines.texts))
        except _TooLong:
            if not needles:
                return False, all_lines(text)
            return False, lines_having(text, needles, ignore_case=ignore_case, at=at)

    def _mark(self, text: str) -> bytes:
        """Mark lines as `marked.Mark` does, where none that may match is too long for that."""
        lines = text.split("\n")
        if not self._needles or self._pattern.ignore_case:
            return bytes(self._matched(lines))
        having = having_one(lines, self._needles)
        matched = iter(self._matched([*compress(lines, having)]))
        return bytes([had and next(matched) for had in having])

    def _matched(self, lines: Sequence[str]) -> bytearray:
        """Return 1 for lines that match, else 0. Raises `_TooLong`, `OutOfTime`."""
        search, matched = self._search, bytearray()
        most = self._harmless.at_once(max(map(len, lines), default=0))
        if search is None or not most:
            raise _TooLong
        for at in range(0, len(lines), most):
            self._look_at_the_clock()
            part = lines[at : at + most]
            matched += bytes(map(is_not, map(search, part), repeat(None)))
        return matched

    def _look_at_the_clock(self) -> None:
        if time.monotonic() > self._deadline:
            raise OutOfTime

    def _matching(self, lines: Sequence[str]) -> frozenset[int]:
        """Return which of some lines match, by place from 0, some of which are not harmless."""
        found: list[int] = []
        left: list[int] = []
        search, most, deadline = self._search, self._harmless.characters, self._deadline
        for place, line in enumerate(lines):
            if not place % _ASKED:
                self._look_at_the_clock()
            if search is None or len(line) > most:
                left.append(place)
            elif search(line):
                found.append(place)
        if left:
            if self._process is None:
                self._process = self._opened()
            text = "\n".join([*(lines[place] for place in left), ""])
            found += [left[hit.line - 1] for hit in self._process.hits(text, deadline).first]
        return frozenset(found)

    def _opened(self) -> ProcessMatcher:
        pattern = self._pattern
        return ProcessMatcher(
            pattern.expression, ignore_case=pattern.ignore_case, most=_ALL, deadline=self._deadline
        )

    def _check(self) -> None:
        """Make ready what matches. Raises `BadPattern` where the expression is none."""
        if len(self._pattern.text) > _LONG_PATTERN:
            self._process = self._opened()
            return
        expression, ignore_case = self._pattern.expression, self._pattern.ignore_case
        try:
            compiled = re.compile(expression, re.IGNORECASE if ignore_case else 0)
        except (re.error, OverflowError, RecursionError, ValueError) as error:
            raise BadPattern(str(error) or "it is nested too deeply") from error
        self._search = compiled.search
        self._harmless = harmless(expression, ignore_case=ignore_case)
        self._one = one_character(expression, ignore_case=ignore_case)


def _kept(
    waiting: Sequence[tuple[str, Found, bool]], matching: frozenset[int]
) -> Iterator[Matching]:
    place = 0
    for path, lines, decided in waiting:
        kept = lines
        if not decided:
            kept = lines.kept([at in matching for at in range(place, place + len(lines))])
            place += len(lines)
        if kept:
            yield path, kept


def _needles(pattern: Pattern) -> tuple[str, ...]:
    """Return texts of which every matching line has one; () if none are known or none match."""
    if pattern.is_plain:
        return ()  # but for the text itself
    return needles(pattern.expression, ignore_case=pattern.ignore_case)


def _alternatives(pattern: Pattern) -> tuple[str, ...]:
    """Return texts of which exactly the matching lines have one, () if it is not as simple."""
    if not pattern.is_plain:
        return alternatives(pattern.expression, ignore_case=pattern.ignore_case)
    in_a_line = pattern.text and "\n" not in pattern.text and "\r" not in pattern.text
    return (pattern.text,) if in_a_line else ()
