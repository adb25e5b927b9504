"""Clients of a served connection, each over a pair of connected sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from arriero.lsp.connection import serve_connection
from arriero.lsp.extension import ExtensionFactory
from arriero.workspace.uris import path_to_uri
from lsp.fake_hub import FakeHub
from lsp.raw_client import RawClient

FULL: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": {},
            "metadataSupport": True,
        },
    },
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
        }
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}


class Connect(Protocol):
    """Makes a client; `capabilities` None leaves it uninitialized."""

    async def __call__(
        self,
        capabilities: dict[str, Any] | None = ...,
        options: Any = ...,
        folders: list[Path] | None = ...,
        extensions: Sequence[ExtensionFactory] = ...,
        **answers: Callable[[Any], Any],
    ) -> RawClient: ...


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace folder; the state folder is beside it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "work"
    path.mkdir()
    return path


@pytest.fixture
async def connect(hub: FakeHub, folder: Path) -> AsyncIterator[Connect]:
    clients: list[RawClient] = []
    serving: list[asyncio.Task[None]] = []

    async def make(
        capabilities: dict[str, Any] | None = FULL,
        options: Any = None,
        folders: list[Path] | None = None,
        extensions: Sequence[ExtensionFactory] = (),
        **answers: Callable[[Any], Any],
    ) -> RawClient:
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)
        serving.append(
            asyncio.create_task(serve_connection(reader, writer, hub, extensions))  # type: ignore[arg-type]
        )
        client = RawClient(*await asyncio.open_connection(sock=theirs, limit=1 << 24))
        clients.append(client)
        client.answers |= {
            "workspace/configuration": lambda _: [None],
            "window/workDoneProgress/create": lambda _: None,
            "window/showDocument": lambda _: {"success": True},
            "client/registerCapability": lambda _: None,
            **{name.replace("__", "/"): answer for name, answer in answers.items()},
        }
        if capabilities is not None:
            await initialize(
                client, capabilities, options, [folder] if folders is None else folders
            )
        return client

    yield make
    for client in clients:
        await client.close()
    await asyncio.wait_for(asyncio.gather(*serving), 10)


async def initialize(
    client: RawClient, capabilities: dict[str, Any], options: Any, folders: list[Path]
) -> Any:
    """Do LSP's handshake and return the server's answer."""
    result = await client.request(
        "initialize",
        {
            "processId": None,
            "clientInfo": {"name": "raw", "version": "1"},
            "capabilities": capabilities,
            "initializationOptions": options,
            "workspaceFolders": [
                {"uri": path_to_uri(str(path)), "name": path.name} for path in folders
            ],
        },
    )
    client.notify("initialized", {})
    return result


def open_document(client: RawClient, path: Path, text: str, version: int = 1) -> str:
    """Open a document and return its URI."""
    uri = path_to_uri(str(path))
    client.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "python", "version": version, "text": text}},
    )
    return uri
