"""A place in a text that is still arriving, with looks ahead that wait for what they need.

Every form is written as a generator that yields where it must wait for more text. Each look ahead
here returns only what no later text can change: that is why the result of reading does not depend
on how the stream is cut.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]

_LONGEST_LITERAL = 40
_SPACES = re.compile(r"\s*")


@dataclass
class Cursor:
    """`text` may grow at its end while `final` is false; `pos` is where reading goes on.

    `dropped` counts the characters that stood before `text`.
    """

    text: str = ""
    pos: int = 0
    final: bool = False
    dropped: int = 0

    @property
    def place(self) -> int:
        """Return where reading stands in the whole text."""
        return self.dropped + self.pos

    def drop(self, end: int) -> None:
        """Forget the text before `end`, which is read, and stand at what is left."""
        self.text, self.pos, self.dropped = self.text[end:], 0, self.dropped + end

    def have(self, count: int) -> Steps[str]:
        """Return the next `count` characters, fewer only at the end of the text."""
        while len(self.text) < self.pos + count and not self.final:
            yield
        return self.text[self.pos : self.pos + count]

    def spaces(self, most: int = 1 << 30) -> Steps[int]:
        """Skip white space, at most `most` characters; return how many were skipped."""
        start = self.pos
        while True:
            match = _SPACES.match(self.text, self.pos, start + most)
            self.pos = match.end() if match else self.pos
            if self.pos < len(self.text) or self.pos >= start + most or self.final:
                return self.pos - start
            yield

    def literal(self, options: tuple[str, ...]) -> Steps[str]:
        """Return the longest option that stands here, or ""; does not move."""
        while not self.final and len(self.text) < self.pos + _LONGEST_LITERAL:
            rest = self.text[self.pos :]
            if not any(len(o) > len(rest) and o.startswith(rest) for o in options):
                break
            yield
        if not self.text.startswith(options, self.pos):
            return ""
        return max((o for o in options if self.text.startswith(o, self.pos)), key=len)

    def word(self, pattern: re.Pattern[str], most: int) -> Steps[str]:
        """Return what matches here once the match has an end, "" if longer than `most`.

        `pattern` must be a run of characters, so that more text can only make it longer.
        """
        yield from self.have(1)
        while True:
            match = pattern.match(self.text, self.pos)
            end = match.end() if match else self.pos
            if end - self.pos > most:
                return ""
            if end < len(self.text) or self.final:
                return self.text[self.pos : end]
            yield

    def find(
        self, pattern: re.Pattern[str], longest: int, start: int
    ) -> Steps[re.Match[str] | None]:
        """Return the first match from `start`, or None at the end of the text.

        No match may be longer than `longest` characters, and none may grow with more text.
        """
        while True:
            match = pattern.search(self.text, start)
            if match or self.final:
                return match
            start = max(start, len(self.text) - longest + 1)
            yield
