"""`workspace/didChangeWatchedFiles`: what the editor sees of the files, beside our own watching.

It sees what is changed on another machine, where the system tells us nothing. What both tell is
taken in once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.lsp.registering import ask_for
from arriero.workspace.changed import Changed
from arriero.workspace.editornews import Kind, told_by_editor

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection
    from arriero.workspace.watcher import Watcher

_KINDS: dict[types.FileChangeType, Kind] = {
    types.FileChangeType.Created: "created",
    types.FileChangeType.Changed: "changed",
    types.FileChangeType.Deleted: "deleted",
}


async def follow(connection: Connection) -> None:
    """Ask the client to tell of all files, where it wants to be asked."""
    if connection.client.watched_files:
        everything = types.FileSystemWatcher(glob_pattern="**/*")
        await ask_for(
            connection,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
            types.DidChangeWatchedFilesRegistrationOptions([everything]),
        )


async def did_change_watched_files(
    connection: Connection, params: types.DidChangeWatchedFilesParams
) -> None:
    """Pass on what happened to files."""
    attachment = await connection.attached()
    watchers = [workspace.watcher for workspace in attachment.workspaces]
    await asyncio.to_thread(_pass_on, watchers, params.changes)


async def saved(connection: Connection, path: str) -> None:
    """Pass on that a document was saved, which every editor tells."""
    attachment = await connection.attached()
    for workspace in attachment.workspaces:
        workspace.watcher.hear([Changed(path, "changed")])


def _pass_on(watchers: Sequence[Watcher], events: Iterable[types.FileEvent]) -> None:
    changes = told_by_editor((event.uri, _KINDS.get(event.type, "changed")) for event in events)
    for watcher in watchers:
        watcher.hear(changes)
