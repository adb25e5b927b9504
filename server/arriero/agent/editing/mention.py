"""Which file the last sentences of an answer were about."""

from __future__ import annotations

from arriero.agent.editing.marks import Known, mentioned

_LINES = 3  # with text, over which a file is remembered


class Mention:
    """Remembers the file that was named last, for an edit that names none itself."""

    def __init__(self, known: Known | None) -> None:
        self._known = known
        self._age = 0
        self.path: str | None = None

    def note(self, line: str) -> None:
        """Take note of a line of the answer that is no part of an edit."""
        if not line.strip():
            return
        found = mentioned(line, self._known)
        self._age += 1
        if found is not None or self._age > _LINES:
            self.name(found)

    def name(self, path: str | None) -> None:
        """Remember a file, or forget all."""
        self.path, self._age = path, 0
