"""Markdown that is still being written, cut into blocks that are whole."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import Heading, Markdown, MarkdownElement
from rich.style import Style
from rich.theme import Theme

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")

# The terminal's own colours: no block of another background in it.
THEME = Theme(
    {
        "markdown.code": Style(color="cyan"),
        "markdown.code_block": Style(color="cyan"),
        "markdown.h1": Style(bold=True),
        "markdown.h2": Style(bold=True),
        "markdown.item.number": Style(dim=True),
        "markdown.item.bullet": Style(dim=True),
    }
)


class MarkdownStream:
    """Takes the pieces of an answer and gives out the blocks that no further piece changes.

    A block ends at a blank line outside of a fence, or with its fence. What `feed` and `close`
    return, joined, is the text that was fed. How it was cut into pieces makes no difference.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []  # whole lines of the open block
        self._open = ""  # the line that is still being written
        self._fence = ""

    @property
    def tail(self) -> str:
        """What is not given out yet."""
        return "".join(self._lines) + self._open

    def feed(self, text: str) -> list[str]:
        """Take a piece and return the blocks that it ends."""
        blocks = []
        *whole, self._open = (self._open + text).split("\n")
        for line in whole:
            self._lines.append(f"{line}\n")
            if self._ends(line):
                blocks.append("".join(self._lines))
                self._lines = []
        return blocks

    def close(self) -> str:
        """Return the rest and begin anew."""
        rest = self.tail
        self._lines, self._open, self._fence = [], "", ""
        return rest

    def _ends(self, line: str) -> bool:
        fence = _FENCE.match(line)
        if self._fence:
            closes = fence and fence[1].startswith(self._fence) and not fence[2].strip()
            if closes:
                self._fence = ""
            return bool(closes)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            self._fence = fence[1]
            return False
        return not line.strip()


class _PlainHeading(Heading):
    """A heading at the left, as all else."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _PlainHeading,
    }


def rendered(text: str) -> RenderableType:
    """Return Markdown as rich draws it. Links show where they lead."""
    return _Markdown(text, code_theme="ansi_dark", inline_code_theme="ansi_dark", hyperlinks=False)
