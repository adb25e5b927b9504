"""The terminal: whether there is one, and how to write to it."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from dataclasses import dataclass
from functools import cached_property

from rich.console import Console
from rich.text import Text

from arriero.cli.printable import printable


@dataclass(frozen=True)
class Terminal:
    """Standard input and output.

    In a pipe there are no colours, no progress and no questions. rich takes care of `NO_COLOR`
    and `TERM=dumb`.
    """

    @cached_property
    def out(self) -> Console:
        """Where results go."""
        return Console(highlight=False, soft_wrap=True, markup=False, emoji=False)

    @cached_property
    def err(self) -> Console:
        """Where errors and progress go."""
        return Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at the output as it comes."""
        return self.out.is_terminal

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return self.is_terminal and sys.stdin is not None and sys.stdin.isatty()

    def line(self, text: str = "", style: str = "") -> None:
        """Print a line of any text, made safe."""
        self.piece(f"{text}\n", style)

    def sentence(self, text: str, style: str = "") -> None:
        """Print a sentence of any text as a line, made safe, broken between words."""
        self.line(self.wrapped(text), style)

    def piece(self, text: str, style: str = "") -> None:
        """Print a piece of a line of any text, made safe."""
        text = printable(text)
        if self.is_terminal:
            self.out.print(Text(text.replace("\r\n", "\n"), style=style), end="")
        else:  # not through rich, which would make blanks of tabs: a diff must stay one
            sys.stdout.write(text)
        sys.stdout.flush()

    def control(self, sequence: str) -> None:
        """Send a terminal what moves or sets something in it; nothing in a pipe."""
        if self.is_terminal:
            sys.stdout.write(sequence)
            sys.stdout.flush()

    def clear(self) -> None:
        """Empty the screen."""
        self.control("\x1b[2J\x1b[3J\x1b[H")

    def wrapped(self, text: str, indent: int = 0) -> str:
        """Return text broken between words where the terminal ends, later lines indented.

        A pipe has no end.
        """
        return _wrapped(text, self.out, indent)

    def say(self, level: str, text: str) -> None:
        """Print a sentence for the user beside the results."""
        style = {"error": "red", "warning": "yellow"}.get(level, "")
        self.err.print(Text(_wrapped(printable(text), self.err), style=style))

    async def ask(self, question: str, style: str = "bold") -> str:
        """Ask for a line; raises EOFError when the input ends. Can be cancelled."""
        self.piece(question, style)
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        # A terminal hands over whole lines: when it is readable, reading does not block.
        loop.add_reader(sys.stdin, ready.set_result, None)
        try:
            await ready
        except asyncio.CancelledError:
            self.line()
            raise
        finally:
            loop.remove_reader(sys.stdin)
        line = sys.stdin.readline()
        if not line:
            self.line()
            raise EOFError
        return line.strip()


def _wrapped(text: str, console: Console, indent: int = 0) -> str:
    if not console.is_terminal:
        return text
    width = max(20, console.width - indent)
    lines = [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
        or [""]
    ]
    return ("\n" + " " * indent).join(lines)
