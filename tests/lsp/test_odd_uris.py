"""Documents and folders under names that no file can have, and ids that nobody gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lsp.raw_client import RawClient
from lsp.serving import Connect

LONG = "{folder}/" + "a/" * 100_000
NAMES = ["{folder}/a%00b.py", "{folder}/\ud800.py", "\ud800", "/a\0b", "a\0b", "file:///%00", LONG]


def document(uri: str, **more: Any) -> dict[str, Any]:
    return {"textDocument": {"uri": uri, **more}}


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect()


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_a_document_of_such_a_name_is_one_without_a_file(
    client: RawClient, folder: Path, name: str
) -> None:
    uri = name.format(folder=folder.as_uri())
    client.notify(
        "textDocument/didOpen", document(uri, languageId="python", version=1, text="x = 1\n")
    )
    whole = [{"text": "x = 2\n"}]
    client.notify("textDocument/didChange", {**document(uri, version=2), "contentChanges": whole})
    client.notify("textDocument/didSave", document(uri))
    client.notify("arriero/diagnostics", {"files": [{"uri": uri, "diagnostics": []}]})
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 1}]})
    here = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    asked = {**document(uri), "range": here, "context": {"diagnostics": []}}
    assert await client.request("textDocument/codeAction", asked)  # "Explain", of its text
    client.notify("textDocument/didClose", document(uri))
    assert await client.request("textDocument/codeAction", asked) is not None
    assert client.all("window/showMessage") == []


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_a_folder_of_such_a_name_is_told_and_left_out(
    client: RawClient, folder: Path, name: str
) -> None:
    added = [{"uri": name.format(folder=folder.as_uri()), "name": "odd"}]
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": added, "removed": []}})
    status = await client.request("arriero/status")
    assert str(folder) in status["workspace"]["folders"]
    assert len(client.all("window/showMessage")) <= 1


@pytest.mark.parametrize("token", [[], {}, None])
async def test_what_is_no_token_cancels_nothing(client: RawClient, token: object) -> None:
    """As a request, which tells whether it failed."""
    assert await client.request("window/workDoneProgress/cancel", {"token": token}) is None
