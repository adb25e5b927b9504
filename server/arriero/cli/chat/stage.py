"""What stands above the input line while something goes on; all else is printed above it."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prompt_toolkit.formatted_text import StyleAndTextTuples

from arriero.cli.chat.footer import fitted
from arriero.cli.printable import printable

_TAIL_LINES = 8
_SPINNER = "|/-\\"
_LONG = 3  # seconds; until then nobody wonders


@dataclass
class Stage:
    """Texts that are drawn anew with every change. `clock` tells seconds.

    `tail` is what the model is writing, `status` what is waited for, `question` what is asked: then
    keys answer it instead of being typed in. `footer` is the line at the bottom, `hint` what stands
    in it about keys.
    """

    tail: str = ""
    thinking: bool = False
    status: str = ""
    question: str = ""
    footer: str = ""
    queued: int = 0
    hint: str = ""
    redraw: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    _since: float = field(default=0.0, init=False)

    @property
    def busy(self) -> bool:
        """Whether the drawing changes by itself, as time goes."""
        return bool(self.status) and not self.question

    def show_tail(self, text: str, *, thinking: bool = False) -> None:
        """Show what is being written."""
        self.tail, self.thinking = text, thinking
        self.redraw()

    def wait(self, words: str) -> None:
        """Say what is waited for; empty when for nothing."""
        if words != self.status:
            self.status, self._since = words, self.clock()
            self.redraw()

    def ask(self, question: str) -> None:
        """Ask for a key; empty when nothing is asked any more."""
        self.question = question
        self.redraw()

    def above(self, columns: int) -> StyleAndTextTuples:
        """Return what stands above and before the words that are typed."""
        drawn: StyleAndTextTuples = []
        style = "class:thought" if self.thinking else ""
        drawn.extend((style, f"{line}\n") for line in _last_lines(self.tail, max(20, columns - 1)))
        if self.question:
            return [*drawn, ("class:question", f"{printable(self.question)}")]
        if self.status:
            drawn.append(
                ("class:status", f"{self._spinner} {printable(self.status)}{self._time}\n")
            )
        return [*drawn, ("class:prompt", "> ")]

    def below(self, columns: int) -> StyleAndTextTuples:
        """Return the line at the bottom."""
        waiting = f"{self.queued} waiting" if self.queued else ""
        keys = "Ctrl-C cancels" if self.status else self.hint or "/help"
        return [("class:footer", fitted(waiting, printable(self.footer), keys, columns))]

    @property
    def _spinner(self) -> str:
        return _SPINNER[int(self.clock() * 8) % len(_SPINNER)]

    @property
    def _time(self) -> str:
        seconds = int(self.clock() - self._since)
        return f", {seconds} s" if seconds >= _LONG else ""


def _last_lines(text: str, columns: int) -> list[str]:
    """Return the last lines of a text, broken where the terminal ends."""
    # Of a long text only the end is looked at: this is done for every piece of it.
    text = printable(text[-_TAIL_LINES * columns :]).rstrip("\n").expandtabs(4)
    lines: list[str] = []
    for line in text.split("\n")[-_TAIL_LINES:] if text else ():
        lines += textwrap.wrap(line, columns, drop_whitespace=False) or [""]
    return lines[-_TAIL_LINES:]
