"""What the user has now: the text in the editor, else the text of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Current:
    """The user's text of one path at one moment.

    `text` is None where there is neither an open document nor a file. `version` is the editor's
    version of an open document, None for what is not open. A text has the line ends that the
    document or file has, and no byte-order mark.
    """

    text: str | None
    version: int | None = None


class Truth(Protocol):
    """Answers what the user has, never what a run proposes; safe to call from any thread.

    It may read a file: a caller on the event loop asks in a worker thread.
    """

    def text(self, path: str) -> Current:
        """Return what is at an absolute canonical path (or at an untitled document's URI).

        Raises WorkspaceError for what is there and is not a text: a folder, a binary file, a file
        that is too large or that may not be read.
        """
