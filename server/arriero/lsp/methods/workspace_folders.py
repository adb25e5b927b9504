"""`workspace/didChangeWorkspaceFolders`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def did_change_workspace_folders(
    connection: Connection, params: types.DidChangeWorkspaceFoldersParams
) -> None:
    """Open and close folders; the runs in a folder that is closed go on."""
    removed = {folder.uri for folder in params.event.removed}
    documents = connection.documents
    kept = [folder for folder in documents.folders if folder.uri not in removed]
    known = {folder.uri for folder in kept}
    added = [documents.folder_of(new.uri) for new in params.event.added if new.uri not in known]
    await connection.set_folders([*kept, *added])
