"""What stands on the terminal while nothing comes: for what, and for how long by now."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.text import Text

MODEL = "waiting for the model"
_LONG = 5  # seconds; until then nobody wonders


class Waiting:
    """A line that is made anew whenever it is drawn. `clock` tells seconds."""

    def __init__(self, words: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._words = words
        self._clock = clock
        self._begun = clock()

    def __rich__(self) -> Text:
        """Return the line as rich draws it."""
        seconds = int(self._clock() - self._begun)
        if seconds < _LONG:
            return Text(self._words)
        why = ": it is being loaded, or reads the prompt" if self._words == MODEL else ""
        return Text(f"{self._words}, {seconds} s{why}")
