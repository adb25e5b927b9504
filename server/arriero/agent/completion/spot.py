"""The cursor in a text, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from arriero.agent.completion.syntax import Scan, scan
from arriero.index.languages import language_of
from arriero.workspace.text import Eol, LineIndex, dominant_eol, with_eol

_NEAR_BEFORE, _NEAR_AFTER = 4_000, 2_000  # characters that decide what fits at the cursor

_EDITOR_NAMES = {
    "javascriptreact": "javascript",
    "jsonc": "json",
    "makefile": "make",
    "objective-c": "objc",
    "plaintext": "text",
    "shellscript": "bash",
    "sass": "scss",
    "less": "scss",
    "tex": "latex",
    "typescriptreact": "tsx",
}


@dataclass(frozen=True)
class Spot:
    """A cursor at `offset`, in code points.

    `language` is Arriero's name, "" if not known, `told` the editor's. All that is derived has LF
    as its line end.
    """

    path: str
    language: str
    index: LineIndex
    offset: int
    told: str = ""

    @property
    def text(self) -> str:
        """The whole text, with its own line ends."""
        return self.index.text

    @cached_property
    def line(self) -> int:
        """The number of the cursor's line, from 0."""
        return self.index.line_at(self.offset)

    @cached_property
    def head(self) -> str:
        """The cursor's line before the cursor, of a very long one the end."""
        start = max(self.index.line_start(self.line), self.offset - _NEAR_BEFORE)
        return self.text[start : self.offset]

    @cached_property
    def rest(self) -> str:
        """The cursor's line after the cursor, of a very long one the beginning."""
        end = min(self.index.line_end(self.line), self.offset + _NEAR_AFTER)
        return self.text[self.offset : end]

    @cached_property
    def eol(self) -> Eol:
        """The line end that occurs most often near the cursor."""
        return dominant_eol(
            self.text[max(self.offset - _NEAR_BEFORE, 0) : self.offset + _NEAR_AFTER]
        )

    @cached_property
    def before(self) -> str:
        """The text before the cursor that is near it."""
        return with_eol(self.text[max(self.offset - _NEAR_BEFORE, 0) : self.offset], "\n")

    @cached_property
    def after(self) -> str:
        """The text after the cursor that is near it."""
        return with_eol(self.text[self.offset : self.offset + _NEAR_AFTER], "\n")

    @cached_property
    def scan_before(self) -> Scan:
        """What `before` has of brackets, and whether it ends inside of a comment or a string."""
        return scan(self.before, self.language)

    @cached_property
    def scan_after(self) -> Scan:
        """What `after` has of brackets."""
        return scan(self.after, self.language)

    @cached_property
    def above(self) -> tuple[str, ...]:
        """The near lines above the cursor's that are not blank, the nearest last."""
        lines = self.before.split("\n")[:-1]
        return tuple(line for line in lines if line.strip())

    @cached_property
    def below(self) -> tuple[str, ...]:
        """The near lines below the cursor's that are not blank, the nearest first."""
        lines = self.after.split("\n")[1:]
        return tuple(line for line in lines if line.strip())


def language_at(path: str, told: str, start: str = "") -> str:
    """Return Arriero's name of a language by the file's name, else by the editor's name for it.

    `start` is the beginning of the text.
    """
    return language_of(path, start) or _EDITOR_NAMES.get(told.lower(), told.lower())


def indentation(line: str) -> str:
    """Return the blanks that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def width(line: str) -> int:
    """Return how far a line is indented; a tab counts as four blanks."""
    return len(indentation(line).replace("\t", "    "))
