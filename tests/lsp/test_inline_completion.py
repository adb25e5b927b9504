"""`textDocument/inlineCompletion` is offered to clients that show such text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lsp.fake_hub import FakeHub
from lsp.raw_client import position
from lsp.serving import Connect, initialize, open_document

SHOWS: dict[str, Any] = {"textDocument": {"inlineCompletion": {}}}


@pytest.mark.parametrize(("capabilities", "offered"), [(SHOWS, True), ({}, False)])
async def test_it_is_offered_where_it_is_shown(
    connect: Connect, folder: Path, capabilities: dict[str, Any], offered: bool
) -> None:
    told = await initialize(await connect(None), capabilities, None, [folder])
    assert ("inlineCompletionProvider" in told["capabilities"]) is offered


async def test_nothing_is_suggested_in_what_is_not_open(
    connect: Connect, hub: FakeHub, folder: Path
) -> None:
    client = await connect(SHOWS)
    params = {
        "textDocument": {"uri": (folder / "a.py").as_uri()},
        "position": position(0, 0),
        "context": {"triggerKind": 2},
    }
    assert await client.request("textDocument/inlineCompletion", params) == {"items": []}


async def test_where_the_user_typed_is_noted(connect: Connect, folder: Path) -> None:
    client = await connect(SHOWS)
    uri = open_document(client, folder / "a.py", "one\ntwo\n")
    client.notify(
        "textDocument/didChange",
        {
            "textDocument": {"uri": uri, "version": 2},
            "contentChanges": [
                {"range": {"start": position(1, 0), "end": position(1, 0)}, "text": "x"},
                {"text": "all of it"},
            ],
        },
    )
    told = await client.request("arriero/status")
    assert told["completion"] == {
        "enabled": True,
        "model": None,
        "form": "",
        "shown": 0,
        "accepted": 0,
        "message": "",
    }


async def test_what_was_not_shown_is_not_counted(connect: Connect) -> None:
    client = await connect(SHOWS)
    for argument in ({}, {"completionId": "completion-9"}):
        told = await client.command("arriero.completionAccepted", **argument)
        assert told == {"counted": False}
