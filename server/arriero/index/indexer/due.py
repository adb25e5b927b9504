"""Whether everything is to be looked at, and which changes that is to find."""

from __future__ import annotations


class DueScan:
    """A scan that is due finds all that changed before it: true while one is due.

    Each change has a number; 0 is for what nobody waits for.
    """

    def __init__(self) -> None:
        """Begin with one that is due."""
        self._due = True
        self._oldest = 0

    def __bool__(self) -> bool:
        return self._due

    def ask(self, number: int = 0) -> None:
        """Have everything looked at, for the sake of a change."""
        self._due = True
        if number:
            self._oldest = min(self._oldest, number) if self._oldest else number

    def acknowledged(self, done: int) -> int:
        """Return up to which number all is dealt with, where `done` is without the scan."""
        return min(done, self._oldest - 1) if self._due else done

    def end(self) -> int:
        """Take note that everything was looked at; return the number that was waited for."""
        number, self._oldest, self._due = self._oldest, 0, False
        return number
