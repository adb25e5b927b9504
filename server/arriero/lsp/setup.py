"""Every method that an editor may call, and what is answered to `initialize`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from arriero.lsp import code_actions, messages, model_messages
from arriero.lsp.change_messages import ChangesParams
from arriero.lsp.chat_messages import ChatParams
from arriero.lsp.commands.table import COMMANDS
from arriero.lsp.handed_messages import ApplyChangeParams, TextsParams
from arriero.lsp.index_messages import IndexParams, MapParams, SearchParams
from arriero.lsp.methods.changes import changes
from arriero.lsp.methods.chat import chat
from arriero.lsp.methods.code_action import code_action, resolve
from arriero.lsp.methods.completion import completion
from arriero.lsp.methods.configuration import did_change_configuration
from arriero.lsp.methods.context import context
from arriero.lsp.methods.daemon import attach, daemon_status, daemon_stop, stop
from arriero.lsp.methods.diagnostics import diagnostics
from arriero.lsp.methods.documents import did_change, did_close, did_open, did_save
from arriero.lsp.methods.execute_command import cancel_progress, execute_command
from arriero.lsp.methods.file_operations import EVERYTHING, did_create, did_delete, did_rename
from arriero.lsp.methods.handed import apply_change, texts
from arriero.lsp.methods.index import index
from arriero.lsp.methods.initialize import initialize, initialized
from arriero.lsp.methods.inline_completion import inline_completion
from arriero.lsp.methods.map import repo_map
from arriero.lsp.methods.models import models
from arriero.lsp.methods.proposal import proposal
from arriero.lsp.methods.search import search
from arriero.lsp.methods.sessions import sessions
from arriero.lsp.methods.status import status
from arriero.lsp.methods.watched_files import did_change_watched_files
from arriero.lsp.methods.workspace_folders import did_change_workspace_folders
from arriero.lsp.methods.workspace_symbol import workspace_symbol

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

Handler = Callable[["Connection", Any], Any]


@dataclass(frozen=True)
class OwnMethod:
    """A method that LSP does not know; `early`: also before `initialize`."""

    name: str
    params: type
    handler: Handler
    early: bool = False


FEATURES: dict[str, Handler] = {
    types.INITIALIZE: initialize,
    types.INITIALIZED: initialized,
    types.TEXT_DOCUMENT_DID_OPEN: did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: did_change,
    types.TEXT_DOCUMENT_DID_SAVE: did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: did_close,
    types.TEXT_DOCUMENT_CODE_ACTION: code_action,
    types.CODE_ACTION_RESOLVE: resolve,
    types.TEXT_DOCUMENT_COMPLETION: completion,
    types.TEXT_DOCUMENT_INLINE_COMPLETION: inline_completion,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: did_change_configuration,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: did_change_watched_files,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: did_change_workspace_folders,
    types.WORKSPACE_SYMBOL: workspace_symbol,
    types.WORKSPACE_DID_CREATE_FILES: did_create,
    types.WORKSPACE_DID_RENAME_FILES: did_rename,
    types.WORKSPACE_DID_DELETE_FILES: did_delete,
}
# pygls answers these itself; here ours take their places.
REPLACED: dict[str, Handler] = {
    types.WORKSPACE_EXECUTE_COMMAND: execute_command,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: cancel_progress,
}
OWN_METHODS = (
    OwnMethod("arriero/applyChange", ApplyChangeParams, apply_change, early=True),
    OwnMethod("arriero/attach", messages.AttachParams, attach, early=True),
    OwnMethod("arriero/changes", ChangesParams, changes),
    OwnMethod("arriero/chat", ChatParams, chat),
    OwnMethod("arriero/context", messages.ContextParams, context),
    OwnMethod("arriero/daemonStatus", messages.StatusParams, daemon_status, early=True),
    OwnMethod("arriero/daemonStop", messages.StatusParams, daemon_stop, early=True),
    OwnMethod("arriero/diagnostics", messages.DiagnosticsParams, diagnostics),
    OwnMethod("arriero/index", IndexParams, index),
    OwnMethod("arriero/map", MapParams, repo_map),
    OwnMethod("arriero/models", model_messages.ModelsParams, models),
    OwnMethod("arriero/proposal", messages.RunParams, proposal),
    OwnMethod("arriero/search", SearchParams, search),
    OwnMethod("arriero/sessions", messages.SessionsParams, sessions),
    OwnMethod("arriero/status", messages.StatusParams, status),
    OwnMethod("arriero/stop", messages.StopParams, stop, early=True),
    OwnMethod("arriero/texts", TextsParams, texts, early=True),
)
_OPTIONS: dict[str, Any] = {
    types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionOptions(
        code_action_kinds=code_actions.KINDS, resolve_provider=True
    ),
    types.TEXT_DOCUMENT_INLINE_COMPLETION: types.InlineCompletionOptions(),
    types.WORKSPACE_DID_CREATE_FILES: EVERYTHING,
    types.WORKSPACE_DID_RENAME_FILES: EVERYTHING,
    types.WORKSPACE_DID_DELETE_FILES: EVERYTHING,
}


def register(connection: Connection) -> None:
    """Register all handlers on the connection's server."""
    server = connection.server
    for name, handler in FEATURES.items():
        server.feature(name, _OPTIONS.get(name))(_bound(connection, handler))
    for name, handler in REPLACED.items():
        server.protocol.fm.add_builtin_feature(name, _bound(connection, handler))
    for own in OWN_METHODS:
        server.register_method(own.name, own.params, early=own.early)
        server.feature(own.name)(_bound(connection, own.handler))
    server.before = connection.documents.looked_up
    server.on_capabilities(lambda told: _amend(connection, told))


def _bound(connection: Connection, handler: Handler) -> Callable[[Any], Any]:
    """Make a handler of the kind that pygls calls; it looks at the function's own nature."""
    if asyncio.iscoroutinefunction(handler):
        working: Callable[[Connection, Any], Awaitable[Any]] = handler

        async def asynchronous(params: Any) -> Any:
            return await working(connection, params)

        return asynchronous

    def synchronous(params: Any) -> Any:
        return handler(connection, params)

    return synchronous


def _amend(connection: Connection, told: types.ServerCapabilities) -> None:
    told.execute_command_provider = types.ExecuteCommandOptions(
        commands=list(COMMANDS), work_done_progress=True
    )
    if not connection.client.inline_completion:
        told.inline_completion_provider = None
    told.completion_provider = connection.items.capability()
    if connection.client.symbol_registration or not connection.offers_symbols:
        told.workspace_symbol_provider = None
    experimental: dict[str, Any] = {}
    for extension in connection.extensions:
        experimental |= extension.experimental
    if experimental:
        told.experimental = experimental
