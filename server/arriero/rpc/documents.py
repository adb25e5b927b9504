"""The open documents of one connection, in place of pygls's own.

pygls splits lines where LSP does not, loses characters at the end of an unterminated last line,
and reads closed files on the event loop. Here a document is open or it is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast
from urllib.parse import unquote

from lsprotocol import types
from pygls.workspace import Workspace

from arriero.workspace.text import LineIndex, PositionEncoding


class DocumentNotOpen(LookupError):
    """The client speaks of a document that it has not opened."""


class Document:
    """One open document. Reading is safe from any thread, changing belongs to the event loop."""

    __slots__ = ("_state", "encoding", "language_id", "uri")

    def __init__(
        self,
        uri: str,
        text: str | LineIndex,
        version: int | None = None,
        language_id: str = "",
        encoding: PositionEncoding = "utf-16",
    ) -> None:
        self.uri = uri
        self.language_id = language_id
        self.encoding: PositionEncoding = encoding
        self._state = (LineIndex(text) if isinstance(text, str) else text, version)

    @property
    def snapshot(self) -> tuple[LineIndex, int | None]:
        """Text and version that belong together; the text is immutable."""
        return self._state

    @property
    def text(self) -> str:
        """The text as the client has it, with its own line ends."""
        return self._state[0].text

    @property
    def version(self) -> int | None:
        """The client's version of the text."""
        return self._state[1]

    def offset_at(self, position: types.Position) -> int:
        """Return the offset in code points; a position outside is moved inside as LSP says."""
        return self._state[0].offset_at(position.line, position.character, self.encoding)

    def position_at(self, offset: int) -> types.Position:
        """Return the position of an offset in code points, in the client's encoding."""
        return types.Position(*self._state[0].position_at(offset, self.encoding))

    def change(
        self,
        changes: Iterable[types.TextDocumentContentChangeEvent],
        version: int | None,
        index_of: Callable[[str], LineIndex] = LineIndex,
    ) -> None:
        """Apply all changes of one notification, each to the result of the one before.

        `index_of` finds the lines of a whole text.
        """
        index = self._state[0]
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = change.range.start, change.range.end
                first = index.offset_at(start.line, start.character, self.encoding)
                last = index.offset_at(end.line, end.character, self.encoding)
                index = index.replaced(min(first, last), max(first, last), change.text)
            else:
                index = index_of(change.text)
        self._state = (index, version)


class Documents(Workspace):
    """What pygls's built-in handlers keep: the open documents and the workspace folders."""

    def __init__(
        self, root_uri: str | None, folders: Sequence[types.WorkspaceFolder], encoding: str
    ) -> None:
        super().__init__(root_uri, types.TextDocumentSyncKind.Incremental, folders, encoding)
        self._encoding = cast("PositionEncoding", encoding)
        self._open: dict[str, Document] = {}
        self._prepared: LineIndex | None = None

    @property
    def text_documents(self) -> Mapping[str, Document]:
        """The open documents by their URI, which is unquoted: clients differ in what they quote."""
        return self._open

    def find(self, uri: str) -> Document | None:
        """Return an open document."""
        return self._open.get(unquote(uri))

    def get_text_document(self, doc_uri: str) -> Document:  # type: ignore[override]
        """Return an open document; raise DocumentNotOpen. A file is never read."""
        document = self.find(doc_uri)
        if document is None:
            raise DocumentNotOpen(f"{doc_uri} is not open")
        return document

    def prepare(self, text: str) -> None:
        """Find the lines of a large text in a worker thread, just before it is opened or changed.

        The next document with that very text takes them.
        """
        self._prepared = LineIndex(text)

    def index(self, text: str) -> LineIndex:
        """Return the lines of a whole text."""
        prepared, self._prepared = self._prepared, None
        return prepared if prepared is not None and prepared.text is text else LineIndex(text)

    def put_text_document(
        self, text_document: types.TextDocumentItem, notebook_uri: str | None = None
    ) -> None:
        """Open a document."""
        uri = text_document.uri
        self._open[unquote(uri)] = Document(
            uri,
            self.index(text_document.text),
            text_document.version,
            # lsprotocol has an enumeration of the well-known languages, whose `str` is its name.
            getattr(text_document.language_id, "value", text_document.language_id),
            self._encoding,
        )
        if notebook_uri:
            self._cell_in_notebook[unquote(uri)] = unquote(notebook_uri)

    def update_text_document(
        self,
        text_doc: types.VersionedTextDocumentIdentifier,
        change: types.TextDocumentContentChangeEvent,
    ) -> None:
        """Apply one change; raise DocumentNotOpen."""
        self.get_text_document(text_doc.uri).change((change,), text_doc.version)

    def remove_text_document(self, doc_uri: str) -> None:
        """Close a document."""
        self._open.pop(unquote(doc_uri), None)
        self._cell_in_notebook.pop(unquote(doc_uri), None)
