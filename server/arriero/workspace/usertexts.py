"""What the user has: the text in the editor, else the text of the file."""

from __future__ import annotations

from arriero.workspace.buffers import Buffers
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import Document, Encoding, decode
from arriero.workspace.errors import FileMissing, NotText, WorkspaceError
from arriero.workspace.truth import Current
from arriero.workspace.uris import is_uri

MOST_BYTES = 8 << 20


class UserTexts:
    """Reads open documents and confined files; a `Truth`. Holds nothing: always the newest text."""

    def __init__(
        self, confinement: Confinement, buffers: Buffers, *, limit: int = MOST_BYTES
    ) -> None:
        """Files of more than `limit` bytes are refused."""
        self.confinement = confinement
        self.buffers = buffers
        self.limit = limit

    def text(self, path: str) -> Current:
        """Return the user's text and, of an open document, its version."""
        buffer = self.buffers.get(path)
        if buffer is not None:
            return Current(buffer.text, buffer.version)
        document = self.file(path)
        return Current(document.text if document else None)

    def document(self, path: str) -> Document | None:
        """Return the user's document, None where there is none; raises as `file`."""
        buffer = self.buffers.get(path)
        if buffer is None:
            return self.file(path)
        return Document(path, buffer.text, self._encoding(path), "buffer")

    def file(self, path: str) -> Document | None:
        """Return what is on disk, None where nothing is.

        Raises `NotText` for a binary file, and what `Confinement.read` raises.
        """
        if is_uri(path):
            return None
        try:
            data = self.confinement.read(path, self.limit)
        except FileMissing:
            return None
        decoded = decode(data)
        if decoded is None:
            raise NotText(
                f"{self.confinement.display(path)} is a binary file ({len(data):,} bytes), "
                "not text; leave it as it is, or look at it with a command."
            )
        return Document(path, *decoded)

    def _encoding(self, path: str) -> Encoding:
        try:
            document = self.file(path)
        except WorkspaceError:  # what is open in the editor can be read there, whatever the file is
            return "utf-8"
        return document.encoding if document else "utf-8"
