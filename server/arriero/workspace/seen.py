"""What a run's model knows of the files: the texts that it has seen, what it must still be told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from arriero.workspace.encoding import Document
from arriero.workspace.errors import Conflict, NotSeen


class Seen:
    """Which text of each file the model saw last, and which of its changes were dropped since.

    Paths are canonical; `display` turns one into how the model is shown it. Not thread-safe.
    """

    def __init__(self, display: Callable[[str], str]) -> None:
        self._display = display
        self._digests: dict[str, bytes] = {}
        self._untold: dict[str, str] = {}  # what was dropped, until the model is told

    def note(self, path: str, text: str) -> None:
        """Remember that the model knows this text."""
        self._digests[path] = _digest(text)

    def moved(self, path: str, target: str) -> None:
        """Remember that the model knows the file by another path."""
        if path in self._digests:
            self._digests[target] = self._digests.pop(path)

    def dropped(self, path: str, changes: int) -> None:
        """Remember that so many of the run's changes gave way to the user's."""
        what = "change was" if changes == 1 else f"{changes} changes were"
        self._untold[path] = (
            f"The user changed {self._display(path)} in the same place meanwhile, "
            f"so your {what} dropped there."
        )

    def untold(self, path: str) -> str:
        """Return once what the model must be told of a file; empty if nothing."""
        return self._untold.pop(path, "")

    def all_untold(self) -> tuple[str, ...]:
        """Return once what the model must be told of any file."""
        return tuple(self._untold.pop(path) for path in sorted(self._untold))

    def stale(self, document: Document) -> str:
        """Return a sentence if the model knows another text than there is now."""
        if document.path in self._untold:
            return self._untold[document.path]
        seen = self._digests.get(document.path)
        if seen is None or seen == _digest(document.text):
            return ""
        return f"{self._display(document.path)} was changed since you read it."

    def check_seen(self, document: Document) -> None:
        """Raise `NotSeen` or `Conflict` unless the model has seen the text as it is now."""
        if document.path not in self._digests:
            raise NotSeen(
                f"{self._display(document.path)} exists and you have not read it. Read it with "
                "read_file before you replace it, or change a part of it with edit_file."
            )
        self.check_fresh(document)

    def check_fresh(self, document: Document) -> None:
        """Raise `Conflict` if the model has seen another text than there is now."""
        stale = self.stale(document)
        if stale:
            raise Conflict(f"{stale} Read it with read_file, then repeat what is still right.")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
