"""`workspace/symbol` through the real forwarder: off, unless the settings want it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from e2e.conftest import DaemonProcess
from e2e.editor import Editor, through_the_forwarder

FARM = "# \U0001f999\nclass Farm:\n    def split_evenly(self):\n        return 1\n"
OFF: dict[str, Any] = {"window": {"preload": False}}
ON: dict[str, Any] = {**OFF, "index": {"workspace_symbols": True}}


@pytest.fixture
def project(root: Path) -> Path:
    (root / "farm.py").write_text(FARM)
    (root / "secret").mkdir()
    (root / "secret/key.py").write_text("def split_secret():\n    pass\n")
    return root


async def symbols(editor: Editor, query: str) -> list[dict[str, Any]]:
    return list(await editor.client.request("workspace/symbol", {"query": query}))


async def test_it_is_off(project: Path, environment: dict[str, str], daemon: DaemonProcess) -> None:
    editor = await through_the_forwarder(project, environment)
    told = await editor.initialize(OFF)
    assert not told["capabilities"].get("workspaceSymbolProvider")
    await editor.client.request("arriero/index", {"wait": 30})
    assert await symbols(editor, "split_evenly") == []
    await editor.leave()


async def test_where_it_is_on(
    project: Path, environment: dict[str, str], daemon: DaemonProcess
) -> None:
    editor = await through_the_forwarder(project, environment)
    denied = {**ON, "permissions": {"deny": ["read(secret/**)"]}}
    told = await editor.initialize(denied)
    assert told["capabilities"]["workspaceSymbolProvider"]
    assert isinstance(await symbols(editor, "spE"), list), "answered before the index is built"
    await editor.client.request("arriero/index", {"wait": 30})
    assert await symbols(editor, "spE") == [
        {
            "name": "split_evenly",
            "kind": 6,
            "containerName": "Farm",
            "location": {
                "uri": editor.uri("farm.py"),
                "range": {
                    "start": {"line": 2, "character": 8},
                    "end": {"line": 2, "character": 20},
                },
            },
        }
    ]
    assert await symbols(editor, "split_secret") == []
    assert await symbols(editor, "a\ud800") == []

    editor.open("farm.py")
    editor.replace(editor.uri("farm.py"), 0, 0, "'\U0001f999'; \n")
    (typed,) = await symbols(editor, "split_evenly")
    assert typed["location"]["range"]["start"]["line"] == 3
    await editor.leave()


async def test_it_is_registered_and_taken_back(
    project: Path, environment: dict[str, str], daemon: DaemonProcess
) -> None:
    """A client that registers hears of it once the settings want it."""
    editor = await through_the_forwarder(project, environment)
    heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    wanted = ON

    def hear(method: str) -> Any:
        async def answer(params: Any) -> Any:
            heard.put_nowait((method, params))

        return answer

    async def configured(_: Any) -> Any:
        return [wanted]

    for method in ("client/registerCapability", "client/unregisterCapability"):
        editor.client.on(method, hear(method))
    editor.client.on("workspace/configuration", configured)
    workspace = {"symbol": {"dynamicRegistration": True}, "configuration": True}
    folders = [{"uri": project.as_uri(), "name": "work"}]
    told = await editor.client.request(
        "initialize",
        {"processId": None, "workspaceFolders": folders, "capabilities": {"workspace": workspace}},
    )
    assert not told["capabilities"].get("workspaceSymbolProvider")
    editor.client.notify("initialized", {})
    method, params = await asyncio.wait_for(heard.get(), 20)
    assert (method, params["registrations"][0]["method"]) == (
        "client/registerCapability",
        "workspace/symbol",
    )
    ident = params["registrations"][0]["id"]
    await editor.client.request("arriero/index", {"wait": 30})
    (found,) = await symbols(editor, "Farm")
    assert (found["name"], found["kind"]) == ("Farm", 5)

    wanted = OFF
    editor.client.notify("workspace/didChangeConfiguration", {"settings": None})
    method, params = await asyncio.wait_for(heard.get(), 20)
    assert method == "client/unregisterCapability"
    assert json.dumps(ident) in json.dumps(params)
    assert await symbols(editor, "Farm") == []
    await editor.leave()
