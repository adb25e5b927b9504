"""`textDocument/completion` is offered where it is switched on and nothing better is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from arriero.lsp.methods.completion import word_before
from arriero.settings.model import Settings
from lsp.fake_hub import FakeHub
from lsp.raw_client import RpcError, position
from lsp.serving import Connect, initialize, open_document

PLAIN: dict[str, Any] = {"textDocument": {"completion": {}}}
SHOWS: dict[str, Any] = {"textDocument": {"completion": {}, "inlineCompletion": {}}}
REGISTERS: dict[str, Any] = {
    "textDocument": {"completion": {"dynamicRegistration": True}},
}


@pytest.mark.parametrize(
    ("capabilities", "settings", "offered"),
    [
        (PLAIN, {"asItems": True}, True),
        ({}, {"asItems": True}, True),
        (PLAIN, {}, False),
        (PLAIN, {"asItems": True, "enabled": False}, False),
        (PLAIN, {"asItems": "a mistake"}, False),
        (SHOWS, {"asItems": True}, False),
        (REGISTERS, {"asItems": True}, False),
    ],
)
async def test_who_is_told_in_the_answer(
    connect: Connect,
    folder: Path,
    capabilities: dict[str, Any],
    settings: dict[str, Any],
    offered: bool,
) -> None:
    options = {"settings": {"completion": settings}}
    told = await initialize(await connect(None), capabilities, options, [folder])
    provider = told["capabilities"].get("completionProvider")
    assert provider == ({"triggerCharacters": [".", "(", "="]} if offered else None)


async def test_nobody_is_asked_where_it_is_off(connect: Connect, folder: Path) -> None:
    client = await connect(PLAIN)
    uri = open_document(client, folder / "a.py", "x = ")
    told = await client.request(
        "textDocument/completion", {"textDocument": {"uri": uri}, "position": position(0, 4)}
    )
    assert told == {"isIncomplete": False, "items": []}
    assert (await client.request("arriero/status")).get("completion") is None


async def test_it_is_registered_and_taken_back_with_the_settings(
    connect: Connect, hub: FakeHub
) -> None:
    client = await connect(REGISTERS, client__unregisterCapability=lambda _: None)
    await client.request("arriero/status")
    assert client.all("client/registerCapability") == []
    (attachment,) = hub.attachments

    def change(*, on: bool) -> None:
        attachment.settings = Settings.model_validate({"completion": {"as_items": on}})
        client.notify("workspace/didChangeConfiguration", {"settings": {"arriero": {}}})

    for rounds in (1, 2):
        change(on=True)
        await client.until_true(
            lambda: len(client.all("client/registerCapability")) == rounds  # noqa: B023
        )
        change(on=True)
        await client.request("arriero/status")
        change(on=False)
        await client.until_true(
            lambda: len(client.all("client/unregisterCapability")) == rounds  # noqa: B023
        )
    (asked,) = client.all("client/registerCapability")[0]["registrations"]
    assert asked["method"] == "textDocument/completion"
    assert asked["registerOptions"]["triggerCharacters"] == [".", "(", "="]
    (taken,) = client.all("client/unregisterCapability")[0]["unregisterations"]
    assert taken == {"id": asked["id"], "method": "textDocument/completion"}
    assert len(client.all("client/registerCapability")) == 2


async def test_a_client_that_refuses_is_not_taken_to_ask(connect: Connect, hub: FakeHub) -> None:
    refused: list[Any] = []

    def refuse(params: Any) -> Any:
        refused.append(params)
        raise RpcError(-32603, "no")

    client = await connect(REGISTERS, client__registerCapability=refuse)
    await client.request("arriero/status")
    hub.attachments[0].settings = Settings.model_validate({"completion": {"as_items": True}})
    client.notify("workspace/didChangeConfiguration", {"settings": {"arriero": {}}})
    await client.until_true(lambda: bool(refused))
    assert (await client.request("arriero/status")).get("completion") is None


@dataclass(frozen=True)
class Word:
    head: str
    language: str
    expected: str


@pytest.mark.parametrize(
    "row",
    [
        Word("", "python", ""),
        Word("x = ", "python", ""),
        Word("x = fi", "python", "fi"),
        Word("a.b", "python", "b"),
        Word("x-größe", "python", "größe"),
        Word("(foo-ba", "lisp", "foo-ba"),
        Word("a" * 4000, "python", "a" * 60),
    ],
    ids=lambda row: row.head[:10] or "nothing",
)
def test_the_word_before_the_cursor(row: Word) -> None:
    assert word_before(row.head, row.language) == row.expected
