"""An editor that knows nothing but LSP, as one of `clients.CLIENTS` would be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.clients import PlainClient
from e2e.editor import Editor, on_the_socket

_PATIENCE = 60  # seconds, on a machine that does much else


@dataclass
class PlainEditor(Editor):
    """`choices` are the titles that the user picks, in order; without any, questions are closed."""

    told: PlainClient | None = None
    choices: list[str] = field(default_factory=list)
    marks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)

    async def start(self) -> dict[str, Any]:
        """Do the handshake with what this editor says of itself."""
        assert self.told is not None
        answers: dict[str, Callable[[Any], Any]] = {
            "workspace/applyEdit": self._request("workspace/applyEdit"),
            "window/showDocument": self._request("window/showDocument"),
            "window/workDoneProgress/create": self._request("window/workDoneProgress/create"),
            "workspace/configuration": self._request("workspace/configuration"),
            "client/registerCapability": self._request("client/registerCapability"),
        }
        if self.told.asks:
            answers["window/showMessageRequest"] = self._choose
        for method, answer in answers.items():
            self.client.on(method, answer)
        for method in ("$/progress", "window/showMessage"):
            self.client.on(method, self._note(method))
        self.client.on("textDocument/publishDiagnostics", self._mark)
        for method in ("arriero/statusChanged", "arriero/proposalChanged", "window/logMessage"):
            self.client.on(method, lambda _: None)
        result = await self.client.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self.root.as_uri(),
                "capabilities": self.told.capabilities,
                **({"initializationOptions": self.told.options} if self.told.options else {}),
            },
        )
        self.client.notify("initialized", {})
        return dict(result)

    async def actions(self, name: str, line: int, *, last: int | None = None) -> dict[str, Any]:
        """Return the actions of a line by their titles; to `last` it is a selection."""
        end = {"line": line, "character": 0} if last is None else {"line": last + 1, "character": 0}
        params = {
            "textDocument": {"uri": self.uri(name)},
            "range": {"start": {"line": line, "character": 0}, "end": end},
            "context": {
                "diagnostics": [
                    mark
                    for mark in self.marks.get(self.uri(name), [])
                    if mark["range"]["start"]["line"] <= line <= mark["range"]["end"]["line"]
                ]
            },
        }
        found = await self.client.request("textDocument/codeAction", params)
        return {one["title"]: one for one in found}

    async def choose_action(self, name: str, line: int, title: str, **selection: Any) -> Any:
        """The user picks an action; returns what its command answers."""
        action = (await self.actions(name, line, **selection))[title]
        assert self.told is not None
        command = action["command"]
        if self.told.resolves:  # as Helix does: what the answer says is not looked at
            await self.client.request("codeAction/resolve", action)
        return await self.client.request(
            "workspace/executeCommand",
            {"command": command["command"], "arguments": command["arguments"]},
            timeout=_PATIENCE,
        )

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something to become true."""

        async def wait() -> None:
            while not true():
                await asyncio.sleep(0.002)

        try:
            await asyncio.wait_for(wait(), _PATIENCE)
        except asyncio.TimeoutError as error:
            raise AssertionError(f"in vain; what was said: {self.messages()}") from error

    def messages(self) -> list[str]:
        """Return what was said in messages."""
        return [params["message"] for method, params in self.notes if method.endswith("Message")]

    def marked(self, name: str) -> list[int]:
        """Return the first lines of a file's marks."""
        return [mark["range"]["start"]["line"] for mark in self.marks.get(self.uri(name), [])]

    def _choose(self, params: Any) -> Any:
        self.questions.append(params)
        title = self.choices.pop(0) if self.choices else None
        return next((one for one in params["actions"] if one["title"] == title), None)

    def _mark(self, params: Any) -> None:
        self.marks[params["uri"]] = params["diagnostics"]

    def _apply(self, edit: dict[str, Any]) -> dict[str, Any]:
        assert self.told is not None
        workspace = self.told.capabilities.get("workspace", {}).get("workspaceEdit", {})
        assert self.told.previews or "changeAnnotations" not in edit
        if "changes" in edit:
            for uri, edits in edit["changes"].items():
                self._edit(uri, edits)
            return {"applied": True}
        assert workspace.get("documentChanges") or workspace.get("resourceOperations")
        return super()._apply(edit)


async def plain(told: PlainClient, root: Path, environment: Mapping[str, str]) -> PlainEditor:
    """Connect such an editor to the daemon."""
    connected = await on_the_socket(root, environment)
    editor = PlainEditor(connected.client, root, told=told)
    await editor.start()
    return editor
