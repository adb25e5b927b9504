"""The terminal's connection to the daemon, as an editor has one: LSP first, ACP on it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from arriero import __version__
from arriero.cli.failure import Failure
from arriero.cli.printable import printable
from arriero.cli.terminal_editor import OpenDocument, TerminalEditor, as_item
from arriero.daemon.client import Client, DaemonGone, RemoteError, connect
from arriero.within import within
from arriero.workspace.uris import path_to_uri

Json = Mapping[str, Any]
Say = Callable[[str, str], None]

FORWARDER = (sys.executable, "-m", "arriero", "lsp")
_PATIENCE = 60.0  # seconds for an answer that needs no model
_LEVELS = {1: "error", 2: "warning", 3: "info"}  # LSP's MessageType; logs are not shown


class Door:
    """One connection with one folder open, or with none where `folder` is empty.

    `updates` is called with the params of each `session/update`, `permission` answers ACP's
    requests for one, and `say` is called with level and text of a message for the user.
    """

    def __init__(self, client: Client, folder: str, say: Say) -> None:
        self._client = client
        self.folder = folder
        self.say = say
        self.updates: Callable[[Json], None] = lambda _: None
        self.permission: Callable[[Json], Awaitable[Json]] = _refuse
        self.progress: Callable[[Json], None] = lambda _: None
        self._editor: TerminalEditor
        self._applying = asyncio.Lock()

    @property
    def gone(self) -> bool:
        """Whether the daemon has closed the connection."""
        return self._client.gone

    async def open(self, settings: Json, folders: Sequence[str] = ()) -> None:
        """Initialize the connection; `folders` are further ones whose files may be changed."""
        client = self._client
        client.on("session/update", self._updated)
        client.on("session/request_permission", self._ask)
        client.on("$/progress", self._progressed)
        client.on("window/showMessage", self._message)
        client.on("window/showMessageRequest", self._message)
        client.on("window/showDocument", lambda _: {"success": False})
        client.on("window/workDoneProgress/create", lambda _: None)
        client.on("client/registerCapability", lambda _: None)
        client.on("client/unregisterCapability", lambda _: None)
        client.on("workspace/applyEdit", self._apply)
        answer = await self.request("initialize", _initialize(self.folder, settings))
        encoding = answer["capabilities"].get("positionEncoding", "utf-16")
        self._editor = TerminalEditor([f for f in (self.folder, *folders) if f], encoding)
        client.notify("initialized", {})

    async def request(
        self, method: str, params: Json | None = None, *, timeout: float | None = _PATIENCE
    ) -> Any:
        """Ask the daemon; raises RemoteError, and Failure when it is gone or silent."""
        try:
            return await self._client.request(method, params or {}, timeout=timeout)
        except DaemonGone as error:
            raise Failure(
                "The daemon ended; nothing that was shown is lost. Run the command again, and see "
                "`arriero daemon logs` if it ends again."
            ) from error
        except asyncio.TimeoutError as error:
            raise Failure(
                f"The daemon did not answer {method} in {timeout:.0f} s; see `arriero daemon logs`."
            ) from error

    async def command(self, name: str, argument: Json, *, timeout: float = _PATIENCE) -> Any:
        """Do one of the daemon's `arriero.…` commands."""
        params = {"command": name, "arguments": [argument]}
        return await self.request("workspace/executeCommand", params, timeout=timeout)

    def notify(self, method: str, params: Json) -> None:
        """Tell the daemon."""
        self._client.notify(method, params)

    async def open_documents(self, uris: Iterable[str]) -> None:
        """Open files as documents, so that edits of them name the version that they are for."""
        for document in await asyncio.to_thread(self._editor.open, tuple(uris)):
            self.notify("textDocument/didOpen", {"textDocument": as_item(document)})

    async def close(self) -> None:
        """End the connection as an editor does."""
        with contextlib.suppress(RemoteError, DaemonGone, asyncio.TimeoutError):
            await self._client.request("shutdown", timeout=5)
            self._client.notify("exit")
        await self._client.close()

    async def _apply(self, params: Json) -> Json:
        async with self._applying:
            outcome = await asyncio.to_thread(self._editor.apply, params["edit"])
        for document in outcome.changed:
            self.notify("textDocument/didChange", _changed(document))
        for path in outcome.closed:
            uri = path_to_uri(path)
            self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        if outcome.applied:
            return {"applied": True}
        return {"applied": False, "failureReason": outcome.reason}

    def _updated(self, params: Json) -> None:
        self.updates(params)

    def _progressed(self, params: Json) -> None:
        self.progress(params)

    async def _ask(self, params: Json) -> Json:
        return await self.permission(params)

    def _message(self, params: Json) -> None:
        level = _LEVELS.get(params.get("type", 4))
        if level:
            self.say(level, str(params.get("message", "")))


@contextlib.asynccontextmanager
async def open_door(
    folder: str, say: Say, *, settings: Json | None = None, folders: Sequence[str] = ()
) -> AsyncIterator[Door]:
    """Connect to the daemon, which is started if need be, with a folder open.

    `folder` is absolute and canonical, or empty for what needs none; `settings` are those of the
    command line, nested.
    """
    door = Door(await connect(), folder, say)
    try:
        await door.open(settings or {}, folders)
        yield door
    finally:
        await door.close()


@contextlib.asynccontextmanager
async def open_forwarder(
    folder: str, say: Say, *, settings: Json | None = None
) -> AsyncIterator[Door]:
    """Connect as an editor does: through a forwarder of one's own, over its stdin and stdout."""
    process = await asyncio.create_subprocess_exec(
        *FORWARDER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    door = Door(Client(process.stdout, process.stdin), folder, say)
    try:
        await door.open(settings or {})
        yield door
    except Failure as failure:
        await door.close()
        words = (await process.stderr.read()).decode("utf-8", "replace").strip()
        if words:  # the forwarder knows better why there is no daemon
            raise Failure(words.removeprefix("arriero: ").splitlines()[-1]) from failure
        raise
    finally:
        await door.close()
        with contextlib.suppress(asyncio.TimeoutError):
            await within(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()


def _initialize(folder: str, settings: Json) -> Json:
    uri = path_to_uri(folder) if folder else None
    name = os.path.basename(folder) or folder  # noqa: PTH119 - a name may be no UTF-8
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": "arriero terminal", "version": __version__},
        "rootUri": uri,
        "workspaceFolders": [{"uri": uri, "name": printable(name)}] if uri else [],
        "capabilities": {
            "general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"]},
            "workspace": {
                "applyEdit": True,
                "workspaceEdit": {
                    "documentChanges": True,
                    "resourceOperations": ["create", "rename", "delete"],
                    "failureHandling": "transactional",
                    "changeAnnotationSupport": {},
                },
            },
            "textDocument": {"synchronization": {}},
            "window": {"workDoneProgress": True, "showMessage": {}},
        },
        "initializationOptions": {"review": "client", "answers": "client", "settings": settings},
    }


def _changed(document: OpenDocument) -> Json:
    return {
        "textDocument": {"uri": path_to_uri(document.path), "version": document.version},
        "contentChanges": [{"text": document.text}],
    }


async def _refuse(_: Json) -> Json:
    return {"outcome": {"outcome": "cancelled"}}
