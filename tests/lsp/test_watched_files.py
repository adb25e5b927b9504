"""What the editor tells of files on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arriero.workspace.changed import Changed
from lsp.fake_hub import FakeHub
from lsp.serving import Connect, open_document

METHOD = "workspace/didChangeWatchedFiles"
CREATED, CHANGED, DELETED = 1, 2, 3


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({"didChangeWatchedFiles": {"dynamicRegistration": True}}, True),
        ({"didChangeWatchedFiles": {"dynamicRegistration": False}}, False),
        ({"didChangeWatchedFiles": {}}, False),
        ({}, False),
    ],
)
async def test_a_client_is_asked_where_it_wants_to_be(
    connect: Connect, told: dict[str, Any], asked: bool
) -> None:
    client = await connect({"workspace": told})
    if asked:
        message = await client.until("client/registerCapability")
        (registration,) = message["registrations"]
        assert registration["method"] == METHOD
        assert registration["registerOptions"] == {"watchers": [{"globPattern": "**/*"}]}
    await client.request("arriero/status")
    assert bool(client.all("client/registerCapability")) is asked


async def test_events_reach_the_watcher_with_canonical_paths(
    connect: Connect, hub: FakeHub, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(folder)
    (folder / "inner").symlink_to("elsewhere")
    client = await connect()
    events = [
        ((tmp_path / "link/a%20b.py").as_uri(), CREATED),
        ((folder / "inner").as_uri(), CHANGED),
        (folder.as_uri() + "/gone%FF/", DELETED),
        ("untitled:Untitled-1", CHANGED),
        ("file:///a%00b", CHANGED),
    ]
    changes = [{"uri": uri, "type": kind} for uri, kind in events]
    client.notify(METHOD, {"changes": changes})
    (attachment,) = hub.attachments
    await client.until_true(lambda: len(attachment.heard) >= 3)
    assert attachment.heard == [
        Changed(str(folder / "a%20b.py"), "created"),
        Changed(str(folder / "inner"), "changed"),
        Changed(f"{folder}/gone\udcff", "deleted"),
    ]


async def test_a_saved_document_is_a_changed_file(
    connect: Connect, hub: FakeHub, folder: Path
) -> None:
    client = await connect()
    uri = open_document(client, folder / "a.py", "x")
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    (attachment,) = hub.attachments
    await client.until_true(lambda: bool(attachment.heard))
    assert attachment.heard == [Changed(str(folder / "a.py"), "changed")]
