"""One accepted connection: its client, its documents, and its place in the workspace."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from arriero import __version__
from arriero.agent.completion.recent import RecentEdits
from arriero.daemon.completing import Completing
from arriero.lsp.client import ClientFeatures, ClientOptions
from arriero.lsp.completion_items import CompletionItems
from arriero.lsp.context import NewestContext
from arriero.lsp.documents import Folder, OpenDocuments
from arriero.lsp.editor import LspEditor
from arriero.lsp.extension import Extension, ExtensionFactory
from arriero.lsp.lookups import canonical_path
from arriero.lsp.marks import Marks
from arriero.lsp.methods import workspace_symbol
from arriero.lsp.methods.status import tell_status
from arriero.lsp.problems import Problems
from arriero.lsp.progress import Progress, Progresses, Token
from arriero.lsp.setup import register
from arriero.rpc.jsonrpc import Phase
from arriero.rpc.loop import serve
from arriero.rpc.server import Server, make_server
from arriero.workspace.confine import Confinement, is_beneath
from arriero.workspace.naming import visible
from arriero.workspace.usertexts import UserTexts

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.daemon.hub import Hub

log = logging.getLogger(__name__)

_COALESCE = 0.05  # seconds in which changes of the status become one notification
_STATUS_EVERY = 0.25  # seconds between two of them at least
_NOT_INITIALIZED = -32002


async def serve_connection(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    hub: Hub,
    extensions: Sequence[ExtensionFactory] = (),
) -> None:
    """Serve one client until it leaves. Its runs go on: a proposal waits for the next editor."""
    connection = Connection(make_server("arriero", __version__), hub)
    register(connection)
    connection.extend(extensions)
    try:
        await serve(reader, writer, connection.server)
    finally:
        await connection.close()


class Connection:
    """What handlers work on. Everything here belongs to the event loop but `documents`."""

    def __init__(self, server: Server, hub: Hub) -> None:
        self.server = server
        self.hub = hub
        self.client = ClientFeatures()
        self.options = ClientOptions()
        self.environment: Mapping[str, str] = os.environ
        self.documents = OpenDocuments()
        self.problems = Problems()
        self.editor = LspEditor(self)
        self.extensions: tuple[Extension, ...] = ()
        self.progresses = Progresses(self, self.spawn, creates=False)
        self.provider_state = ("unknown", "")
        self.context = NewestContext()
        self.marks = Marks(self)
        self.completing = Completing(hub)
        self.items = CompletionItems(self)
        self.recent = RecentEdits()
        self.latest_run: str | None = None
        self.offers_symbols = False
        self._joining: asyncio.Task[Attachment] | None = None
        self._folders_lock = asyncio.Lock()
        self._tasks: set[asyncio.Future[Any]] = set()
        self._status_due: asyncio.TimerHandle | None = None
        self._status_after = 0.0  # not before this moment of the loop's clock
        self._numbers = itertools.count(1)

    # -- the client

    @property
    def gone(self) -> bool:
        """Whether the client has left or said that it will."""
        return self.server.protocol.phase in (Phase.SHUT_DOWN, Phase.EXITED)

    async def request(self, method: str, params: Any, *, timeout: float) -> Any:
        """Ask the client; raises JsonRpcException, asyncio.TimeoutError, OSError (it is gone)."""
        return await self.server.request(method, params, timeout=timeout)

    def notify(self, method: str, params: Any) -> None:
        """Tell the client; dropped when it is gone."""
        self.server.notify(method, params)

    def status_changed(self) -> None:
        """Tell the client its new status soon; many changes at once are told once."""
        if self._status_due is None and self._joining is not None and not self.gone:
            loop = asyncio.get_running_loop()
            due = max(loop.time() + _COALESCE, self._status_after)
            self._status_due = loop.call_at(due, self._tell_status)

    def open_progress(
        self, title: str, cancelled: Callable[[], Any] | None, token: Token | None
    ) -> Progress | None:
        """Begin a progress under the client's token or a new one."""
        return self.progresses.open(str(next(self._numbers)), title, cancelled, token)

    # -- the workspace

    def join(self, folders: Sequence[Folder]) -> None:
        """Begin to open the folders; `attached` waits for it. Called once, by `initialize`."""
        self.documents.folders = tuple(folders)
        self.progresses = Progresses(self, self.spawn, creates=self.client.progress)
        self._joining = asyncio.ensure_future(self._join())

    async def attached(self, folder: str | None = None) -> Attachment:
        """Return the place in the workspace; raises JsonRpcException.

        With `folder`, an absolute path, only if that is open here or lies in what is.
        """
        if self._joining is None:
            raise JsonRpcException("The first request is `initialize`.", code=_NOT_INITIALIZED)
        attachment = await asyncio.shield(self._joining)
        if folder is not None:
            path = await asyncio.to_thread(canonical_path, folder)
            if not any(is_beneath(path, root) for root in attachment.roots):
                raise JsonRpcInvalidParams(
                    f"{visible(folder)} is not open here; open it in the editor first."
                )
        return attachment

    async def set_folders(self, folders: Sequence[Folder]) -> None:
        """Have exactly these folders open."""
        self.documents.folders = tuple(folders)
        attachment = await self.attached()
        async with self._folders_lock:
            await attachment.set_folders([folder.path for folder in self.documents.folders])
        # Each asks the client at its own pace, and other folders have other settings.
        self.spawn(workspace_symbol.offer(self))
        self.spawn(self.items.look())
        self.status_changed()

    @property
    def texts(self) -> UserTexts:
        """What the user has: open documents, and the files beneath the open folders."""
        roots = [folder.canonical for folder in self.documents.folders]
        return UserTexts(Confinement(roots), self.documents)

    def display(self, path: str) -> str:
        """Return a path as it is shown: relative to its folder, and printable."""
        for folder in self.documents.folders:
            if path != folder.canonical and is_beneath(path, folder.canonical):
                path = os.path.relpath(path, folder.canonical)
                break
        return visible(path)

    # -- tasks

    def extend(self, factories: Sequence[ExtensionFactory]) -> None:
        """Add further protocols to this connection."""
        self.extensions = tuple(make(self.server, self, self.attached) for make in factories)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something beside the request at hand; it ends with the connection."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)

    def cancel(self, run_id: str) -> None:
        """Cancel a run, soon."""

        async def work() -> None:
            await (await self.attached()).cancel(run_id)

        self.spawn(work())

    async def close(self) -> None:
        """Leave the workspace and end what is under way for this client."""
        if self._status_due is not None:
            self._status_due.cancel()
        self.completing.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._joining is None:
            return
        try:
            attachment = await self._joining
        except JsonRpcException:
            return  # said when it happened
        await attachment.detach()

    async def _join(self) -> Attachment:
        folders = [folder.path for folder in self.documents.folders]
        try:
            attachment = await self.hub.attach(folders, self.editor)
            attachment.on_change = self.status_changed
            if self.options.settings or self.options.trusted:
                await attachment.set_editor_settings(
                    self.options.settings, trusted=self.options.trusted
                )
        except Exception as error:
            log.exception("the workspace could not be opened")
            raise JsonRpcException(
                "The workspace could not be opened; `arriero daemon logs` says why."
            ) from error
        return attachment

    def _tell_status(self) -> None:
        self._status_due = None
        self._status_after = asyncio.get_running_loop().time() + _STATUS_EVERY
        self.spawn(tell_status(self))


def _log_failure(task: asyncio.Future[Any]) -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, JsonRpcException):
        log.info("something for the client failed: %s", error)
    elif error is not None:
        log.error("something for the client failed", exc_info=error)
