"""What was read, in order, and what of it may still turn out to be text."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.agent.toolcalls.pieces import Pieces
from arriero.agent.toolcalls.results import Item, Piece

_BREAKS = "\n\t >:"


@dataclass
class _Waiting:
    """A piece of text behind a call; `items` are what it means if only calls follow."""

    text: str
    items: tuple[Item, ...] = ()
    sure: bool = False


class Output:
    """Collects pieces. Calls that only look like calls wait until the text has ended."""

    def __init__(self) -> None:
        self._pieces = Pieces("text")
        self._waiting: list[_Waiting] = []
        self._last = "\n"
        self.is_blank = True  # nothing but white space was said so far
        self.line_is_blank = True  # nothing but white space was said on this line
        self.span = ""  # the backticks that opened inline code on this line
        self.has_called = False  # a call was the last thing but for what was passed over

    @property
    def is_open(self) -> bool:
        """Tell whether calls wait that text would turn into text."""
        return any(w.items and not w.sure for w in self._waiting)

    @property
    def after_break(self) -> bool:
        """Tell whether a value without tags may begin here."""
        return self.has_called or self._last in _BREAKS

    def say(self, text: str) -> None:
        """Add text; all that waits is text then, but for calls that are sure."""
        if text.isspace() and self.has_called:
            self.pass_over(text)
            return
        waiting, self._waiting = self._waiting, []
        for waited in waiting:
            if waited.sure:
                self._pieces.call(waited.items)
            else:
                self._emit_text(waited.text)
        self.has_called = False
        self._emit_text(text)

    def passes(self, text: str) -> bool:
        """Tell whether text can go on by itself, as nothing waits; it is taken as said then."""
        if self._waiting or self.has_called:
            return False
        self._note(text)
        return True

    def think(self, text: str) -> None:
        if text:
            self._emit_waiting_before_thought()
            self._pieces.think(text)

    def call(self, items: tuple[Item, ...]) -> None:
        """Add calls that nothing can change any more."""
        if self.is_open:
            self._waiting.append(_Waiting("", items, sure=True))
        else:
            self._waiting = []
            self._pieces.call(items)
        self._called()

    def perhaps(self, text: str, items: tuple[Item, ...]) -> None:
        """Add what are calls only if nothing but calls follows."""
        if not self.is_open:
            self._waiting = []
        self._waiting.append(_Waiting(text, items))
        self._called()

    def pass_over(self, text: str, *, for_good: bool = False) -> None:
        """Drop what stands behind calls; text that follows brings it back unless `for_good`.

        Behind what only looks like a call it comes back together with that.
        """
        if for_good and not self.is_open:
            self._waiting = []
        else:
            self._waiting.append(_Waiting(text))

    def toggle_span(self, run: str) -> None:
        """Open inline code, or close it if these are the backticks that opened it."""
        if not self.span:
            self.span = run
        elif self.span == run:
            self.span = ""

    def settle(self) -> None:
        """The text has ended: what waits as calls are calls."""
        waiting, self._waiting = self._waiting, []
        for waited in waiting:
            self._pieces.call(waited.items)

    def taken(self) -> list[Piece]:
        """Return what is ready, neighbouring texts joined, and forget it."""
        return self._pieces.taken()

    def _called(self) -> None:
        self.has_called = True
        self.is_blank = False
        self.line_is_blank = True
        self.span = ""

    def _emit_waiting_before_thought(self) -> None:
        if not self.is_open:
            self._waiting = []

    def _emit_text(self, text: str) -> None:
        if not text:
            return
        self._pieces.say(text)
        self._note(text)

    def _note(self, text: str) -> None:
        """See where text leaves off."""
        self._last = text[-1]
        line = text.rfind("\n")
        if line >= 0:
            self.span = ""
            self.line_is_blank = not text[line + 1 :].strip()
            self.is_blank = self.is_blank and not text.strip()
        elif self.line_is_blank and not text.isspace():  # else nothing changes
            self.line_is_blank = self.is_blank = False
