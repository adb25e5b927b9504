"""An editor for end-to-end tests: open documents, versions, and edits applied as LSP says.

It speaks plain LSP over the daemon's socket or through the real forwarder. Positions are utf-32, so
that an offset is a code point.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from arriero.daemon.client import Client
from arriero.daemon.endpoint import default_endpoint

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-32", "utf-16"]},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
        },
    },
    "textDocument": {"inlineCompletion": {}},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}


@dataclass
class OpenDocument:
    version: int
    text: str


@dataclass
class Editor:
    """One connection. `notes` are the notifications, `asked` the requests, in order."""

    client: Client
    root: Path
    documents: dict[str, OpenDocument] = field(default_factory=dict)
    notes: list[tuple[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    refuse: str = ""
    process: asyncio.subprocess.Process | None = None
    capabilities: dict[str, Any] = field(default_factory=lambda: CAPABILITIES)

    # -- the life of a connection

    async def initialize(
        self, settings: Mapping[str, Any] | None = None, **options: Any
    ) -> dict[str, Any]:
        for method in ("workspace/applyEdit", "window/showMessageRequest", "window/showDocument",
                       "window/workDoneProgress/create", "workspace/configuration",
                       "session/request_permission"):  # fmt: skip
            self.client.on(method, self._request(method))
        for method in ("$/progress", "session/update", "window/showMessage", "window/logMessage",
                       "arriero/statusChanged", "arriero/proposalChanged"):  # fmt: skip
            self.client.on(method, self._note(method))
        result = await self.client.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self.root.as_uri(),
                "workspaceFolders": [{"uri": self.root.as_uri(), "name": self.root.name}],
                "capabilities": self.capabilities,
                "initializationOptions": {
                    "review": "client",
                    "settings": dict(settings or {}),
                    **options,
                },
            },
        )
        self.client.notify("initialized", {})
        assert isinstance(result, dict)
        return result

    async def leave(self) -> None:
        """Shut down as the protocol wants it."""
        await self.client.request("shutdown")
        self.client.notify("exit")
        await self.client.close()
        if self.process is not None:
            await asyncio.wait_for(self.process.wait(), 10)

    # -- documents

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str | None = None) -> None:
        text = (self.root / name).read_text() if text is None else text
        self.documents[self.uri(name)] = OpenDocument(1, text)
        document = {"uri": self.uri(name), "languageId": "text", "version": 1, "text": text}
        self.client.notify("textDocument/didOpen", {"textDocument": document})

    def text(self, name: str) -> str:
        return self.documents[self.uri(name)].text

    def replace(self, uri: str, start: int, end: int, new: str) -> None:
        """The user replaces code points [start, end) of an open document."""
        document = self.documents[uri]
        span = {"start": position(document.text, start), "end": position(document.text, end)}
        document.text = document.text[:start] + new + document.text[end:]
        document.version += 1
        self.client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": document.version},
                "contentChanges": [{"range": span, "text": new}],
            },
        )

    # -- asking

    async def command(self, name: str, timeout: float = 60, **arguments: Any) -> Any:
        params = {"command": f"arriero.{name}", "arguments": [arguments]}
        return await self.client.request("workspace/executeCommand", params, timeout=timeout)

    async def prompt(self, text: str, session_id: str | None = None) -> dict[str, Any]:
        """A turn through ACP on this connection."""
        if session_id is None:
            params = {"cwd": str(self.root), "mcpServers": []}
            session_id = (await self.client.request("session/new", params))["sessionId"]
        return dict(
            await self.client.request(
                "session/prompt",
                {"sessionId": session_id, "prompt": [{"type": "text", "text": text}]},
            ),
            sessionId=session_id,
        )

    async def noted(self, method: str, timeout: float = 60) -> Any:
        """Wait for a notification and return its params."""

        async def wait() -> Any:
            while True:
                for name, params in self.notes:
                    if name == method:
                        return params
                await asyncio.sleep(0.002)

        return await asyncio.wait_for(wait(), timeout)

    # -- what the server asks

    def _note(self, method: str) -> Any:
        return lambda params: self.notes.append((method, params))

    def _request(self, method: str) -> Any:
        def answer(params: Any) -> Any:
            self.asked.append((method, params))
            match method:
                case "workspace/applyEdit":
                    return self._apply(params["edit"])
                case "workspace/configuration":
                    return [None for _ in params["items"]]
                case "window/showMessageRequest":
                    return None
                case "window/showDocument":
                    return {"success": True}
                case "session/request_permission":
                    return {"outcome": {"outcome": "cancelled"}}
            return None

        return answer

    def _apply(self, edit: dict[str, Any]) -> dict[str, Any]:
        if self.refuse:
            return {"applied": False, "failureReason": self.refuse}
        changes = edit["documentChanges"]
        for change in changes:
            if "textDocument" not in change:
                continue
            document = self.documents.get(change["textDocument"]["uri"])
            version = change["textDocument"].get("version")
            if document is not None and version not in (None, document.version):
                return {"applied": False, "failureReason": "stale version"}
        for change in changes:
            self._apply_one(change)
        return {"applied": True}

    def _apply_one(self, change: dict[str, Any]) -> None:
        match change.get("kind"):
            case "create":
                path = to_path(change["uri"])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            case "delete":
                to_path(change["uri"]).unlink()
            case "rename":
                to_path(change["oldUri"]).rename(to_path(change["newUri"]))
            case _:
                self._edit(change["textDocument"]["uri"], change["edits"])

    def _edit(self, uri: str, edits: list[dict[str, Any]]) -> None:
        document = self.documents.get(uri)
        text = document.text if document is not None else to_path(uri).read_text()
        spans = [
            (offset(text, e["range"]["start"]), offset(text, e["range"]["end"]), e["newText"])
            for e in edits
        ]
        if document is None:
            for start, end, new in sorted(spans, reverse=True):
                text = text[:start] + new + text[end:]
            to_path(uri).write_text(text)
            return
        for start, end, new in sorted(spans, reverse=True):
            self.replace(uri, start, end, new)


def position(text: str, at: int) -> dict[str, int]:
    line = text.count("\n", 0, at)
    return {"line": line, "character": at - (text.rfind("\n", 0, at) + 1)}


def offset(text: str, at: dict[str, int]) -> int:
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: at["line"]])) + at["character"]


def to_path(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


async def on_the_socket(root: Path, environment: Mapping[str, str]) -> Editor:
    """Connect straight to the daemon's socket; it must run."""
    reader, writer = await asyncio.open_unix_connection(default_endpoint(environment).path)
    client = Client(reader, writer)
    client.notify("arriero/attach", {"env": dict(environment), "cwd": str(root)})
    return Editor(client, root)


async def through_the_forwarder(root: Path, environment: Mapping[str, str], *flags: str) -> Editor:
    """Start `arriero lsp` as an editor does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "arriero", "lsp", *flags,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env=dict(environment), cwd=root,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    return Editor(Client(process.stdout, process.stdin), root, process=process)
