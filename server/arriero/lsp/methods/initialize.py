"""`initialize` and `initialized`: who the client is, what it can do, and which folders it has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.lsp.client import from_lsp, options_from_lsp
from arriero.lsp.early_settings import early_settings
from arriero.lsp.methods import configuration, watched_files, workspace_symbol
from arriero.workspace.uris import path_to_uri

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def initialize(connection: Connection, params: types.InitializeParams) -> None:
    """Note the client's side and begin to open its folders; the answer does not wait for them."""
    connection.options = options_from_lsp(params.initialization_options)
    told = from_lsp(params)
    connection.client = replace(told, apply_edit=told.apply_edit or connection.options.applies)
    connection.join([connection.documents.folder_of(uri) for uri in folder_uris(params)])
    if connection.items.early or not connection.client.symbol_registration:
        settings = await early_settings(connection)
        connection.items.decide(settings)
        workspace_symbol.decide(connection, settings)


async def initialized(connection: Connection, _: types.InitializedParams) -> None:
    """Ask for the editor's settings, and to be told when they or files change."""
    connection.spawn(watched_files.follow(connection))
    connection.spawn(connection.marks.look())
    await configuration.follow(connection)
    await configuration.pull(connection)
    await workspace_symbol.offer(connection)
    connection.spawn(connection.items.look())
    connection.status_changed()


def folder_uris(params: types.InitializeParams) -> list[str]:
    """Return the folders, by the newest of LSP's three ways that the client uses; may be none."""
    if params.workspace_folders is not None:
        return [folder.uri for folder in params.workspace_folders]
    if params.root_uri:
        return [params.root_uri]
    return [path_to_uri(params.root_path)] if params.root_path else []
