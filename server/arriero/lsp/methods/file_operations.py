"""`workspace/did…Files`: what the user creates, renames and deletes in the editor's file tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

_FILES = types.FileOperationPattern("**/*", matches=types.FileOperationPatternKind.File)
EVERYTHING = types.FileOperationRegistrationOptions(
    [types.FileOperationFilter(_FILES, scheme="file")]
)


def did_create(_connection: Connection, _: types.CreateFilesParams) -> None:
    """A file that is new has no problems yet; the watcher tells the rest."""


def did_rename(connection: Connection, params: types.RenameFilesParams) -> None:
    """The problems of the old name hold no longer."""
    for file in params.files:
        connection.problems.forget(connection.documents.path_of(file.old_uri))


def did_delete(connection: Connection, params: types.DeleteFilesParams) -> None:
    """The problems of a file that is gone are gone."""
    for file in params.files:
        connection.problems.forget(connection.documents.path_of(file.uri))
