"""How a run is seen while it goes on, and how it is cancelled."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from arriero.agent.request import RunResult
from arriero.sessions.events import Notice, StepEnded, StepRetried, Text, ToolStarted
from lsp.fake_hub import FakeHub, FakeRun
from lsp.raw_client import PATIENCE, RawClient, RpcError, command
from lsp.serving import Connect


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect(options={"answers": "client"})


async def steps(run: FakeRun) -> RunResult:
    await run.emit(Text(1, "Let"))
    await run.emit(Text(1, " me"))
    await run.emit(ToolStarted(1, "c1", "read_file", {"path": "a"}, "Read a", "read"))
    await run.emit(StepEnded(1))
    await run.emit(StepRetried(2, "its answer was empty"))
    await run.emit(Notice("warning", "The window is small."))
    return await run.end("All done.\nReally.")


EXPECTED = [
    ("begin", "Arriero: Agent", None),
    ("report", None, "Waiting for qwen3:8b"),
    ("report", None, "Answering"),
    ("report", None, "Read a"),
    ("report", None, "Asking again: its answer was empty"),
    ("report", None, "The window is small."),
    ("end", None, "All done."),
]


def seen(client: RawClient, token: Any) -> list[tuple[Any, ...]]:
    values = [one["value"] for one in client.all("$/progress") if one["token"] == token]
    return [(one["kind"], one.get("title"), one.get("message")) for one in values]


async def test_progress_goes_to_the_clients_token(client: RawClient, hub: FakeHub) -> None:
    hub.script = steps
    params = command("arriero.agent", "mine", prompt="p")
    await client.request("workspace/executeCommand", params)
    assert seen(client, "mine") == EXPECTED
    assert client.all("$/progress")[0]["value"]["cancellable"]
    assert client.all("window/workDoneProgress/create") == []


async def test_progress_without_a_token_is_created(connect: Connect, hub: FakeHub) -> None:
    created = asyncio.Event()

    async def script(run: FakeRun) -> RunResult:
        await created.wait()
        return await steps(run)

    hub.script = script
    client = await connect(options={"answers": "client"})
    _, running = client.start("workspace/executeCommand", command("arriero.agent", prompt="p"))
    token = (await client.until("window/workDoneProgress/create"))["token"]
    await client.until("$/progress")
    created.set()
    await running
    # The report from before the token was there came with its beginning.
    assert seen(client, token)[0] == ("begin", "Arriero: Agent", "Waiting for qwen3:8b")
    assert seen(client, token)[1:] == EXPECTED[2:]


@pytest.mark.parametrize("told", [{}, {"window": {"workDoneProgress": False}}])
async def test_a_client_without_progress_is_sent_none(
    connect: Connect, hub: FakeHub, told: Any
) -> None:
    hub.script = steps
    client = await connect(told)
    await client.command("arriero.agent", prompt="p")
    assert client.all("$/progress") + client.all("window/workDoneProgress/create") == []


async def test_the_progress_of_a_run_that_never_began_is_taken_away(
    client: RawClient, hub: FakeHub
) -> None:
    params = command("arriero.ask", "mine", prompt="p", sessionId="ses_none")
    result = await client.request("workspace/executeCommand", params)
    assert result["stopReason"] == "error"
    assert [kind for kind, *_ in seen(client, "mine")] == ["begin", "end"]


async def endless(run: FakeRun) -> RunResult:
    await run.emit(Text(1, "…"))
    await asyncio.Event().wait()
    raise AssertionError


async def test_cancelling_the_request_cancels_the_run(client: RawClient, hub: FakeHub) -> None:
    hub.script = endless
    params = command("arriero.agent", "mine", prompt="p")
    number, running = client.start("workspace/executeCommand", params)
    await client.until("$/progress", lambda one: one["value"].get("message") == "Answering")
    client.notify("$/cancelRequest", {"id": number})
    with pytest.raises(RpcError, match="-32800"):
        await asyncio.wait_for(running, PATIENCE)
    result = await asyncio.wait_for(hub.last().wait(), PATIENCE)
    assert result.stop_reason == "cancelled"
    assert seen(client, "mine")[-1][0] == "end"


async def test_cancelling_the_progress_ends_the_command(client: RawClient, hub: FakeHub) -> None:
    hub.script = endless
    params = command("arriero.agent", "mine", prompt="p")
    _, running = client.start("workspace/executeCommand", params)
    await client.until("$/progress", lambda one: one["value"].get("message") == "Answering")
    client.notify("window/workDoneProgress/cancel", {"token": "none of ours"})
    client.notify("window/workDoneProgress/cancel", {"token": "mine"})
    result = await asyncio.wait_for(running, PATIENCE)
    assert result["stopReason"] == "cancelled"


async def test_a_run_is_cancelled_by_its_id(client: RawClient, hub: FakeHub) -> None:
    hub.script = endless
    _, running = client.start("workspace/executeCommand", command("arriero.agent", prompt="p"))
    status = await client.until("arriero/statusChanged", lambda told: told["runs"])
    (run,) = status["runs"]
    assert run == {
        "runId": hub.last().run_id,
        "sessionId": hub.last().session_id,
        "label": "p",
        "state": "running",
        "step": 0,
    }
    answer = await client.command("arriero.cancel", runId=run["runId"])
    assert answer == {"runId": run["runId"], "cancelled": True}
    assert (await running)["stopReason"] == "cancelled"
    answer = await client.command("arriero.cancel", runId=run["runId"])
    assert not answer["cancelled"]


@pytest.mark.parametrize("polite", [True, False])
async def test_a_run_outlives_its_editor(client: RawClient, hub: FakeHub, polite: bool) -> None:
    go_on = asyncio.Event()

    async def script(run: FakeRun) -> RunResult:
        await run.emit(Text(1, "…"))
        await go_on.wait()
        return await run.end()

    hub.script = script
    _, running = client.start("workspace/executeCommand", command("arriero.agent", "t", prompt="p"))
    await client.until("$/progress", lambda one: one["value"].get("message") == "Answering")
    if polite:
        await client.request("shutdown")
        client.notify("exit")
    else:
        client._writer.close()
    await asyncio.wait_for(hub.attachments[0].detached.wait(), PATIENCE)
    go_on.set()
    result = await asyncio.wait_for(hub.last().wait(), PATIENCE)
    assert result.stop_reason == "end_turn"
    if polite:
        with pytest.raises(RpcError, match="-32800"):
            await running


async def test_a_run_of_one_client_is_seen_by_the_other(connect: Connect, hub: FakeHub) -> None:
    go_on = asyncio.Event()

    async def script(run: FakeRun) -> RunResult:
        await go_on.wait()
        return await steps(run)

    hub.script = script
    one, other = await connect(), await connect()
    await other.request("arriero/status")
    _, running = one.start("workspace/executeCommand", command("arriero.agent", prompt="Do it"))
    token = (await other.until("window/workDoneProgress/create"))["token"]
    await other.until("$/progress")
    status = await other.until("arriero/statusChanged", lambda told: told["runs"])
    assert status["runs"][0]["label"] == "Do it"
    go_on.set()
    await running
    await other.until("$/progress", lambda one: one["value"]["kind"] == "end")
    assert seen(other, token)[0] == ("begin", "Arriero: Do it", "Waiting for qwen3:8b")
    assert len(other.all("window/workDoneProgress/create")) == 1


async def test_what_another_client_shows_can_be_cancelled(connect: Connect, hub: FakeHub) -> None:
    hub.script = endless
    one, other = await connect(), await connect()
    await other.request("arriero/status")
    _, running = one.start("workspace/executeCommand", command("arriero.agent", prompt="Do it"))
    token = (await other.until("window/workDoneProgress/create"))["token"]
    await other.until("$/progress")
    other.notify("window/workDoneProgress/cancel", {"token": token})
    assert (await asyncio.wait_for(running, PATIENCE))["stopReason"] == "cancelled"
