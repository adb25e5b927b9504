"""Files whose worker died: read again alone, then as plain text, then given up."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 3


class Failures:
    """Counts how often a worker died while it had a file; true while any is counted."""

    def __init__(self) -> None:
        self._counts: dict[bytes, int] = {}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def __contains__(self, name: bytes) -> bool:
        return name in self._counts

    def note(self, names: Iterable[bytes]) -> list[bytes]:
        """Count for each file of a batch; return those that are to be given up."""
        given_up = []
        for name in names:
            count = self._counts[name] = self._counts.get(name, 0) + 1
            if count >= _MOST:
                given_up.append(name)
        return given_up

    def is_bad(self, name: bytes) -> bool:
        """Tell whether a file, alone, ended a worker: it is to be read as plain text."""
        return self._counts.get(name, 0) >= _MOST - 1

    def forget(self, name: bytes) -> None:
        """Take note that a file was read, or given up."""
        self._counts.pop(name, None)
