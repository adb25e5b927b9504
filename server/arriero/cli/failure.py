"""How a command fails: one sentence for the person, and an exit code."""

from __future__ import annotations

DONE, FAILED, USAGE, CANCELLED = 0, 1, 2, 130


class Failure(Exception):
    """A command cannot go on; the sentence says what to do next."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


class Cancelled(Failure):
    """The user ended it."""

    def __init__(self, message: str = "Cancelled.") -> None:
        super().__init__(message, CANCELLED)
