"""The person behind an LSP connection, as a run sees them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from arriero.agent.editor import Answer, ApplyOutcome, PermissionQuestion, ShownProgress
from arriero.lsp import events, questions
from arriero.lsp.answers import write_answer
from arriero.lsp.edits import EditWriter, Unsupported
from arriero.lsp.harmless import harmless
from arriero.lsp.progress import Progress
from arriero.lsp.review import by_questions
from arriero.lsp.staleness import stale_buffer, stale_file
from arriero.lsp.wording import shortened
from arriero.sessions.events import Event
from arriero.workspace.buffers import Buffers
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.problem import Problem
from arriero.workspace.uris import path_to_uri

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

log = logging.getLogger(__name__)

_APPLY_PATIENCE = 60.0  # seconds for an edit that nobody looks at
_PREVIEW_PATIENCE = 3600.0  # seconds for one that the user looks at first
_HEARING_PATIENCE = 5.0  # seconds for an answer without words
_SHORT = 600  # characters that a message box may hold
_SET = "It was refused; the settings `permissions` say what may be done without a question."
_LEVELS = {
    "info": types.MessageType.Info,
    "warning": types.MessageType.Warning,
    "error": types.MessageType.Error,
}


class LspEditor:
    """Implements `agent.editor.Editor` with what the client can do."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def name(self) -> str:
        """The client's name and version."""
        return self._connection.client.name

    @property
    def buffers(self) -> Buffers:
        """The open documents, live."""
        return self._connection.documents

    @property
    def environment(self) -> Mapping[str, str]:
        """The editor's environment, as the forwarder told it."""
        return self._connection.environment

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:
        """Apply a change with one `workspace/applyEdit`; a refusal's reason is the client's."""
        client = self._connection.client
        if not client.apply_edit:
            reason = f"{client.name} does not take edits from a language server."
            return ApplyOutcome(False, reason)
        confirm = confirm and client.annotations and client.document_changes
        writer = EditWriter(client, self._connection.documents.uri_of)
        try:
            edit = await asyncio.to_thread(writer.write, change, confirm=confirm)
        except Unsupported as error:
            return ApplyOutcome(False, str(error))
        # Buffers last: between that look and the sending nothing can come in between.
        stale = await asyncio.to_thread(stale_file, change, self._connection.texts)
        stale = stale or stale_buffer(change, self.buffers)
        if stale is not None:
            return ApplyOutcome(False, f"{self._connection.display(stale)} changed meanwhile.")
        params = types.ApplyWorkspaceEditParams(edit, label=change.label)
        if client.metadata:
            params.metadata = types.WorkspaceEditMetadata(is_refactoring=True)
        patience = _PREVIEW_PATIENCE if confirm else _APPLY_PATIENCE
        try:
            result = await self._connection.request(
                types.WORKSPACE_APPLY_EDIT, params, timeout=patience
            )
        except JsonRpcException as error:  # eglot's way to refuse
            return ApplyOutcome(False, error.message)
        except asyncio.TimeoutError:
            return ApplyOutcome(False, f"{client.name} did not answer.")
        except OSError as error:
            return ApplyOutcome(False, f"{client.name} is gone ({error}).")
        if result is not None and result.applied:
            if confirm:
                await self._hear_of_it()
            return ApplyOutcome(True)
        told: str | None = result.failure_reason if result is not None else None
        return ApplyOutcome(False, told or f"{client.name} did not apply the edit.")

    async def _hear_of_it(self) -> None:
        """Wait until the buffers have what the client has just applied, of which the person chose.

        vscode-languageclient's answer may overtake the change that it is about. Whatever it was
        about to send is sent before it answers the next question.
        """
        if not self._connection.client.configuration:
            return
        nothing = types.ConfigurationParams([])
        try:
            await self._connection.request(
                types.WORKSPACE_CONFIGURATION, nothing, timeout=_HEARING_PATIENCE
            )
        except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
            log.info("%s does not say whether it told its changes: %s", self.name, error)

    async def review(self, change: WorkspaceChange, run_id: str) -> bool | None:
        """Let the user judge: by the client itself, in its preview of edits, or by a question."""
        connection = self._connection
        client = connection.client
        if connection.options.reviews or not client.apply_edit:
            return None
        if client.annotations and client.document_changes:
            return True  # `apply` with confirm shows the preview; closing it leaves all open

        try:
            return await by_questions(connection, change, run_id)
        except questions.CannotAsk:
            return None  # the marked lines and their code actions are left

    async def ask(self, question: PermissionQuestion) -> Answer:
        """Ask for a permission, in the way of the door that the run came through."""
        for extension in self._connection.extensions:
            answer = await extension.ask(question)
            if answer is not None:
                return answer
        try:
            return await questions.ask_permission(self._connection, question, self.show)
        except questions.CannotAsk:
            await self.message("warning", f"{self.name} cannot ask you: {question.title}. {_SET}")
            return "cancelled"

    async def show(self, title: str, markdown: str) -> None:
        """Show a text to read; no preview of it loads anything."""
        await self.show_file(title, await asyncio.to_thread(harmless, markdown), ".md")

    async def message(self, level: Literal["info", "warning", "error"], text: str) -> None:
        """Show one sentence."""
        self._connection.notify(
            types.WINDOW_SHOW_MESSAGE, types.ShowMessageParams(_LEVELS[level], text)
        )

    def progress(self, title: str, cancel: Callable[[], object] | None) -> ShownProgress:
        """Show a work-done progress of the server's own."""
        return _Shown(self._connection, self._connection.open_progress(title, cancel, None))

    def problems(self, path: str | None = None) -> Sequence[Problem]:
        """Return what the client told of its diagnostics."""
        return self._connection.problems.known(path)

    @property
    def tells_problems(self) -> bool:
        """Whether the client has sent `arriero/diagnostics`."""
        return self._connection.problems.told

    async def event(self, event: Event) -> None:
        """Show an event of a run; returns at once."""
        events.show(self._connection, event)

    async def show_file(self, title: str, text: str, suffix: str) -> None:
        """Show a text as a new file of Arriero's own where the client can, else as a message."""
        try:
            path = await asyncio.to_thread(write_answer, title, text, suffix=suffix)
        except OSError as error:
            log.warning("an answer could not be written: %s", error)
            await self.message("info", shortened(text, _SHORT))
            return
        if not await self._show_document(path_to_uri(str(path))):
            more = "" if len(text) <= _SHORT else f"\n(all in {path})"
            await self.message("info", shortened(text, _SHORT) + more)

    async def _show_document(self, uri: str) -> bool:
        if not self._connection.client.show_document:
            return False
        params = types.ShowDocumentParams(uri, external=False, take_focus=True)
        try:
            result = await self._connection.request(
                types.WINDOW_SHOW_DOCUMENT, params, timeout=_APPLY_PATIENCE
            )
        except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
            log.info("the client did not show a document: %s", error)
            return False
        return result is not None and result.success


class _Shown:
    """A progress of the connection; none where the client shows no such thing."""

    def __init__(self, connection: Connection, progress: Progress | None) -> None:
        self._connection = connection
        self._progress = progress

    def report(self, words: str, percentage: int | None = None) -> None:
        """Say what goes on now."""
        if self._progress is not None:
            self._progress.report(words, percentage)

    def end(self) -> None:
        """Take it away."""
        self._connection.progresses.close(self._progress)
