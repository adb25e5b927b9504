"""What the daemon does by itself, such as loading a model, as a progress of the client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from arriero.agent.editor import Editor
from lsp.fake_hub import FakeHub
from lsp.raw_client import RawClient
from lsp.serving import FULL, Connect


async def editor_of(client: RawClient, hub: FakeHub) -> Editor:
    await client.request("arriero/status")
    return hub.attachments[-1].editor


async def test_it_is_shown_from_its_beginning_to_its_end(connect: Connect, hub: FakeHub) -> None:
    client = await connect()
    shown = (await editor_of(client, hub)).progress("Arriero: loading m", lambda: None)
    token = (await client.until("window/workDoneProgress/create"))["token"]
    begun = await client.until("$/progress")
    assert (begun["token"], begun["value"]["title"]) == (token, "Arriero: loading m")
    shown.report("Half", 50)
    await client.until("$/progress", lambda one: one["value"].get("percentage") == 50)
    shown.end()
    await client.until("$/progress", lambda one: one["value"]["kind"] == "end")


async def test_the_user_can_end_it(connect: Connect, hub: FakeHub) -> None:
    client = await connect()
    cancelled = asyncio.Event()
    (await editor_of(client, hub)).progress("Arriero: loading m", cancelled.set)
    token = (await client.until("window/workDoneProgress/create"))["token"]
    await client.until("$/progress")
    client.notify("window/workDoneProgress/cancel", {"token": token})
    await asyncio.wait_for(cancelled.wait(), 10)


@pytest.mark.parametrize("window", [{}, {"workDoneProgress": False}])
async def test_a_client_that_shows_none_is_sent_none(
    connect: Connect, hub: FakeHub, window: dict[str, Any]
) -> None:
    client = await connect({**FULL, "window": window})
    shown = (await editor_of(client, hub)).progress("Arriero: loading m", lambda: None)
    shown.report("Half")
    shown.end()
    await client.request("arriero/status")
    assert client.all("$/progress") + client.all("window/workDoneProgress/create") == []
