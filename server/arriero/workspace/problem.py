"""A problem that an editor reports of a file, and how it is told in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "information", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "information", "hint")  # the worst first

_LONGEST = 300  # characters of a message
_SHORT = 80  # characters of a name or a code
_ORDER = {severity: place for place, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True)
class Problem:
    """A diagnostic: path absolute, lines from 1, the end line included.

    `column` counts from 1 in the units of the editor's connection, most often of UTF-16.
    """

    path: str
    line: int
    end_line: int
    severity: Severity
    message: str
    source: str = ""
    code: str = ""
    column: int = 1

    @property
    def badness(self) -> int:
        """A number to sort by: the worst have the least."""
        return _ORDER[self.severity]

    @property
    def words(self) -> str:
        """The message in one line that is not too long."""
        return _in_one_line(self.message, _LONGEST)

    @property
    def origin(self) -> str:
        """Who reports it and under which code, as far as that is known."""
        return " ".join(_in_one_line(part, _SHORT) for part in (self.source, self.code) if part)

    @property
    def in_file(self) -> tuple[Any, ...]:
        """What equally bad problems of one file are sorted by."""
        return (self.line, self.column, self.message, self.source, self.code)


def _in_one_line(text: str, most: int) -> str:
    looked_at = text[: 4 * most]  # what is cut off is not looked at
    line = " ".join(looked_at.split())
    return line[:most] + "…" if len(line) > most or len(looked_at) < len(text) else line
