"""`textDocument/did…`: the open documents, after the wire has brought their texts up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.lsp.methods.watched_files import saved

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


def did_open(connection: Connection, params: types.DidOpenTextDocumentParams) -> None:
    """Note a new buffer, and show in it what waits for a verdict."""
    _put(connection, params.text_document.uri)
    path = connection.documents.path_of(params.text_document.uri)
    if connection.marks.waits_in(path):
        connection.spawn(connection.marks.publish(path))


def did_change(connection: Connection, params: types.DidChangeTextDocumentParams) -> None:
    """Note a buffer's new text and version, and where the user typed."""
    _put(connection, params.text_document.uri)
    for change in params.content_changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            path = connection.documents.path_of(params.text_document.uri)
            connection.recent.note(path, change.range.start.line)


async def did_save(connection: Connection, params: types.DidSaveTextDocumentParams) -> None:
    """The file is now what the buffer was; the watcher tells whoever reads files."""
    path = connection.documents.path_of(params.text_document.uri)
    if connection.marks.waits_in(path):
        connection.spawn(connection.marks.publish(path))
    await saved(connection, path)


def did_close(connection: Connection, params: types.DidCloseTextDocumentParams) -> None:
    """Forget a buffer."""
    connection.documents.remove(params.text_document.uri)


def _put(connection: Connection, uri: str) -> None:
    document = connection.server.documents.find(uri)
    if document is not None:  # a change of a document that was never opened is the wire's to tell
        index, version = document.snapshot
        connection.documents.put(uri, index.text, version, document.language_id)
