"""What is answered to `initialize`, and what the client's side of it leads to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from arriero import __version__
from arriero.lsp.commands.table import COMMANDS
from arriero.settings.model import Settings
from lsp.fake_hub import FakeHub
from lsp.raw_client import PATIENCE, RpcError
from lsp.serving import FULL, Connect, initialize


async def test_the_answer_names_what_the_server_can_do(connect: Connect, folder: Path) -> None:
    client = await connect(None)
    told = await initialize(client, FULL, None, [folder])
    assert told["serverInfo"] == {"name": "arriero", "version": __version__}
    can = told["capabilities"]
    assert can["positionEncoding"] == "utf-16"
    assert can["textDocumentSync"] == {"openClose": True, "change": 2, "save": True}
    assert can["codeActionProvider"] == {
        "codeActionKinds": ["quickfix", "refactor.rewrite", "source", ""],
        "resolveProvider": True,
    }
    assert can["executeCommandProvider"] == {"commands": list(COMMANDS), "workDoneProgress": True}
    folders = can["workspace"]["workspaceFolders"]
    assert folders == {"supported": True, "changeNotifications": True}
    for absent in ("completionProvider", "inlineCompletionProvider", "workspaceSymbolProvider"):
        assert absent not in can


async def test_file_operations_are_offered_to_a_client_that_tells_them(
    connect: Connect, folder: Path
) -> None:
    operations = {"didCreate": True, "didRename": True, "didDelete": True}
    told = await initialize(
        await connect(None), {"workspace": {"fileOperations": operations}}, None, [folder]
    )
    offered = told["capabilities"]["workspace"]["fileOperations"]
    pattern = {"glob": "**/*", "matches": "file"}
    expected = {"filters": [{"scheme": "file", "pattern": pattern}]}
    assert offered == dict.fromkeys(operations, expected)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, "utf-16"),
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-32"], "utf-32"),
        (["utf-7", "utf-16"], "utf-16"),
        (["utf-7"], "utf-16"),
    ],
)
async def test_the_clients_first_encoding_is_taken(
    connect: Connect, folder: Path, offered: list[str] | None, chosen: str
) -> None:
    capabilities: dict[str, Any] = {}
    if offered is not None:
        capabilities = {"general": {"positionEncodings": offered}}
    told = await initialize(await connect(None), capabilities, None, [folder])
    assert told["capabilities"]["positionEncoding"] == chosen


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"workspaceFolders": [{"uri": "file:///a", "name": "a"}], "rootUri": "file:///b"}, ["/a"]),
        ({"workspaceFolders": [], "rootUri": "file:///b"}, []),
        ({"workspaceFolders": None, "rootUri": "file:///b%20c"}, ["/b c"]),
        ({"rootUri": "file:///b", "rootPath": "/d"}, ["/b"]),
        ({"rootUri": None, "rootPath": "/d"}, ["/d"]),
        ({"rootUri": None}, []),
    ],
)
async def test_folders_come_by_the_newest_way(
    connect: Connect, hub: FakeHub, params: dict[str, Any], expected: list[str]
) -> None:
    client = await connect(None)
    await client.request("initialize", {"processId": None, "capabilities": {}, **params})
    await client.request("arriero/status")
    assert [list(one.roots) for one in hub.attachments] == [expected]


async def test_settings_are_pulled_and_pulled_again(
    connect: Connect, hub: FakeHub, folder: Path
) -> None:
    sent = [{"model": "one"}]
    options = {"settings": {"model": "zero", "apply": "auto"}, "trusted": True}
    client = await connect(
        {"workspace": {"configuration": True}}, options, workspace__configuration=lambda _: sent
    )
    await client.until("arriero/statusChanged")
    (attachment,) = hub.attachments
    assert attachment.editor_settings == {"model": "one", "apply": "auto"}
    assert attachment.trusted
    assert client.all("workspace/configuration") == [{"items": [{"section": "arriero"}]}]
    sent[0] = {"model": "two"}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    await client.until_true(lambda: len(client.all("workspace/configuration")) == 2)
    await client.request("arriero/status")
    assert attachment.editor_settings["model"] == "two"


async def test_a_client_that_is_not_asked_sends_its_settings(
    connect: Connect, hub: FakeHub
) -> None:
    client = await connect({})
    client.notify("workspace/didChangeConfiguration", {"settings": {"arriero": {"model": "m"}}})
    await client.request("arriero/status")
    assert hub.attachments[0].editor_settings == {"model": "m"}
    assert client.all("workspace/configuration") == []


async def test_changes_of_settings_are_asked_for(connect: Connect) -> None:
    told = {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}
    client = await connect({"workspace": told})
    asked = await client.until("client/registerCapability")
    (registration,) = asked["registrations"]
    assert registration["method"] == "workspace/didChangeConfiguration"
    assert registration["registerOptions"] == {"section": "arriero"}


async def test_folders_change(connect: Connect, hub: FakeHub, folder: Path, tmp_path: Path) -> None:
    client = await connect()
    other = tmp_path / "other"
    event = {
        "added": [{"uri": other.as_uri(), "name": "other"}],
        "removed": [{"uri": folder.as_uri(), "name": "work"}],
    }
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    await client.until(
        "arriero/statusChanged", lambda told: told["workspace"]["folders"] == [str(other)]
    )
    assert hub.attachments[0].roots == (str(other),)


async def test_other_folders_with_other_settings_are_offered_other_things(
    connect: Connect, hub: FakeHub, tmp_path: Path
) -> None:
    client = await connect(
        {
            "textDocument": {"completion": {"dynamicRegistration": True}},
            "workspace": {"symbol": {"dynamicRegistration": True}},
        }
    )
    await client.request("arriero/status")
    assert client.all("client/registerCapability") == []
    wanted = {"completion": {"as_items": True}, "index": {"workspace_symbols": True}}
    hub.attachments[0].settings = Settings.model_validate(wanted)
    added = [{"uri": (tmp_path / "other").as_uri(), "name": "other"}]
    event = {"added": added, "removed": []}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    await client.until_true(lambda: len(client.all("client/registerCapability")) == 2)
    methods = {
        asked["registrations"][0]["method"] for asked in client.all("client/registerCapability")
    }
    assert methods == {"textDocument/completion", "workspace/symbol"}


async def test_the_daemon_answers_before_initialize(connect: Connect, hub: FakeHub) -> None:
    client = await connect(None)
    client.notify("arriero/attach", {"env": {"HOME": "/h"}, "pid": 1, "cwd": "/", "version": "1"})
    assert (await client.request("arriero/daemonStatus"))["pid"] == 1
    assert await client.request("arriero/daemonStop") is None
    assert hub.stopping.is_set()
    with pytest.raises(RpcError, match="-32002"):
        await client.request("arriero/status")


async def test_the_editors_environment_reaches_the_hub(
    connect: Connect, hub: FakeHub, folder: Path
) -> None:
    client = await connect(None)
    client.notify("arriero/attach", {"env": {"OLLAMA_HOST": "there"}})
    await initialize(client, {}, None, [folder])
    await client.request("arriero/status")
    assert hub.attachments[0].editor.environment == {"OLLAMA_HOST": "there"}
    assert hub.attachments[0].editor.name == "raw 1"


async def test_a_workspace_that_cannot_be_opened_is_said(connect: Connect, hub: FakeHub) -> None:
    hub.problem = OSError("gone")
    client = await connect()
    with pytest.raises(RpcError, match="The workspace could not be opened"):
        await client.command("arriero.ask", prompt="Why?")
    with pytest.raises(RpcError, match="The workspace could not be opened"):
        await client.request("arriero/status")


async def test_a_client_that_leaves_is_detached(connect: Connect, hub: FakeHub) -> None:
    client = await connect()
    await client.request("arriero/status")
    (attachment,) = hub.attachments
    await client.request("shutdown")
    client.notify("exit")
    await asyncio.wait_for(attachment.detached.wait(), PATIENCE)
