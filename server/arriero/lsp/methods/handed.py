"""`arriero/texts` and `arriero/applyChange`: an editor that is open, for another process's runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams

from arriero.lsp.editor import LspEditor
from arriero.lsp.handed_messages import (
    ApplyChangeMessage,
    ApplyChangeParams,
    ChangeMessage,
    TextMessage,
    TextsMessage,
    TextsParams,
)
from arriero.lsp.lookups import canonical_path
from arriero.workspace.buffers import Buffer
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    FileChange,
    RenameFile,
    Replacement,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.confine import is_beneath
from arriero.workspace.uris import is_uri, path_to_uri

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def texts(connection: Connection, params: TextsParams) -> TextsMessage:
    """Return what the editor of these folders has open in them."""
    folders = await asyncio.to_thread(_paths, params.folders)
    editor = _editor(connection, folders)
    if editor is None:
        return TextsMessage(None, ())
    known = params.known or {}
    return TextsMessage(editor.name, [_text(one, known) for one in _open(editor, folders)])


async def apply_change(connection: Connection, params: ApplyChangeParams) -> ApplyChangeMessage:
    """Have a change applied by the editor of these folders.

    Raises JsonRpcInvalidParams for one that cannot be read. Nobody is asked where it reaches out of
    what the editor has open.
    """
    folders = await asyncio.to_thread(_paths, params.folders)
    changes = await asyncio.to_thread(lambda: tuple(_change(one) for one in params.changes))
    editor = _editor(connection, [*folders, *(path for one in changes for path in _touched(one))])
    if editor is None:
        return ApplyChangeMessage(None, applied=False)
    outcome = await editor.apply(WorkspaceChange(params.label, changes), confirm=False)
    return ApplyChangeMessage(editor.name, outcome.applied, outcome.reason)


def _editor(connection: Connection, paths: Sequence[str]) -> LspEditor | None:
    """Return the editor in whose folders all of these are; of several that with most open there."""
    editors = [
        attachment.editor
        for attachment in connection.hub.containing(paths)
        if isinstance(attachment.editor, LspEditor)
    ]
    return max(editors, key=lambda one: len(_open(one, paths)), default=None)


def _open(editor: LspEditor, paths: Sequence[str]) -> list[Buffer]:
    return [
        one
        for one in editor.buffers.all()
        if not is_uri(one.path) and any(is_beneath(one.path, path) for path in paths)
    ]


def _text(buffer: Buffer, known: Mapping[str, str]) -> TextMessage:
    uri = path_to_uri(buffer.path)
    # Python keeps the hash of a text with it: a document that stays as it is costs nothing.
    tag = f"{buffer.version}:{hash(buffer.text):x}"
    text = None if known.get(uri) == tag else buffer.text
    return TextMessage(uri, tag, buffer.version, buffer.language, text)


def _paths(uris: Sequence[str]) -> list[str]:
    return [canonical_path(uri) for uri in uris]


def _change(message: ChangeMessage) -> FileChange:
    path = canonical_path(message.uri)
    match message:
        case ChangeMessage(kind="rename", new_uri=str(new)):
            return RenameFile(path, canonical_path(new))
        case ChangeMessage(kind="create", text=str(text)):
            return CreateFile(path, text)
        case ChangeMessage(kind="delete", text=str(text)):
            return DeleteFile(path, text)
        case ChangeMessage(kind="edit", text=str(text)):
            made = tuple(Replacement(r.start, r.end, r.text) for r in message.replacements)
            if not _in_order(made, len(text)):
                raise JsonRpcInvalidParams(f"The replacements in {message.uri} are not in order.")
            return TextChange(path, text, made, message.version)
    raise JsonRpcInvalidParams(f"A change of {message.uri} is not whole.")


def _in_order(replacements: Sequence[Replacement], length: int) -> bool:
    at = 0
    for one in replacements:
        if not at <= one.start <= one.end <= length:
            return False
        at = one.end
    return True


def _touched(change: FileChange) -> list[str]:
    return [change.path, *([change.new_path] if isinstance(change, RenameFile) else [])]
