"""Where the user has typed last."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 24
_NEAR = 12  # lines: two edits so near are one place


@dataclass(frozen=True)
class Edited:
    """A place in an open document; `line` from 0, as of when it was edited."""

    path: str
    line: int


class RecentEdits:
    """The newest places; belongs to the event loop, `newest` may be given to any thread."""

    def __init__(self) -> None:
        self._places: deque[Edited] = deque(maxlen=_MOST)

    def note(self, path: str, line: int) -> None:
        """The user has typed here."""
        last = self._places[-1] if self._places else None
        if last is not None and last.path == path and abs(last.line - line) <= _NEAR:
            self._places[-1] = Edited(path, line)
            return
        for old in self._places:
            if old.path == path and abs(old.line - line) <= _NEAR:
                self._places.remove(old)
                break
        self._places.append(Edited(path, line))

    @property
    def newest(self) -> Sequence[Edited]:
        """The places, the newest first."""
        return tuple(reversed(self._places))
