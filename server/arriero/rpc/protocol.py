"""LSP on one connection: its life cycle, documents and progress."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcInvalidParams
from pygls.protocol import lsp_method
from pygls.uris import from_fs_path

from arriero.rpc.documents import Documents
from arriero.rpc.jsonrpc import JsonRpc, Phase
from arriero.rpc.message import Incoming, Notification, Request

__all__ = ["ArrieroProtocol", "Phase"]


class ArrieroProtocol(JsonRpc):
    """The built-in handlers that a daemon needs otherwise; the rest are pygls's."""

    on_capabilities: Callable[[types.ServerCapabilities], None] | None = None

    def documents(self) -> Documents:
        """Return the open documents; raises RuntimeError before `initialize`."""
        workspace = self.workspace
        assert isinstance(workspace, Documents)
        return workspace

    def prepared(self, message: Incoming) -> Incoming:
        """Do ahead what a large message costs; to be called in a worker thread, just before it."""
        if not isinstance(message, (Request, Notification)):
            return message
        shaped = self.shapes.shaped(message.method, message.params)
        if isinstance(self._workspace, Documents):
            for text in _whole_texts(shaped.value):
                self._workspace.prepare(text)
        return replace(message, params=shaped)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        """Negotiate; the registered handler runs before the capabilities are counted."""
        self._server.process_id = params.process_id
        self.client_capabilities = params.capabilities
        # The client's first encoding that is one of ours, else UTF-16.
        encoding = types.PositionEncodingKind(
            ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
        )
        root_uri = params.root_uri
        if root_uri is None and params.root_path is not None:
            root_uri = from_fs_path(params.root_path)
        try:
            self._workspace = Documents(root_uri, params.workspace_folders or (), encoding.value)
        except ValueError as error:
            raise JsonRpcInvalidParams(f"a folder's URI is not readable: {error}") from error
        yield from self._registered(types.INITIALIZE, params)
        builder = ServerCapabilitiesBuilder(
            params.capabilities,
            {*self.fm.features, *self.fm.builtin_features},
            self.fm.feature_options,
            list(self.fm.commands),
            self._server._text_document_sync_kind,
            None,
            encoding,
        )
        self.server_capabilities = builder.build()  # type: ignore[no-untyped-call]
        if self.on_capabilities is not None:
            self.on_capabilities(self.server_capabilities)
        return types.InitializeResult(self.server_capabilities, self.server_info)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """Cancel all other requests, and take none from now on."""
        current = self.msg_id
        yield from self._registered(types.SHUTDOWN, *args)
        self.running.cancel_requests(but=current)
        self.phase = Phase.SHUT_DOWN

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> Generator[Any, Any, None]:
        """End this connection and nothing else: the process serves others."""
        yield from self._registered(types.EXIT, *args)
        self.phase = Phase.EXITED
        if self._on_exit is not None:
            self._on_exit()

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Apply all changes at once: no reader sees the text between two of them."""
        document = self.documents().get_text_document(params.text_document.uri)
        document.change(
            params.content_changes, params.text_document.version, self.documents().index
        )
        yield from self._registered(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(
        self, params: types.WorkDoneProgressCancelParams
    ) -> Generator[Any, Any, None]:
        """Cancel a progress; one that is over is nothing to warn of."""
        future = self.progress.tokens.get(params.token)
        if future is not None:
            future.cancel()
        yield from self._registered(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, params)

    def _registered(self, method: str, *args: Any) -> Generator[Any, Any, None]:
        """Have the handler called that was registered for a built-in method, if there is one."""
        handler = self.fm.features.get(method)
        if handler is not None:
            yield handler, args, None


def _whole_texts(params: Any) -> Iterator[str]:
    if isinstance(params, types.DidOpenTextDocumentParams):
        yield params.text_document.text
    elif isinstance(params, types.DidChangeTextDocumentParams):
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangeWholeDocument):
                yield change.text
