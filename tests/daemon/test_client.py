"""The command line's client against a real server on a real endpoint."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from arriero.daemon import client as module
from arriero.daemon.client import Client, DaemonGone, NotRunning, RemoteError, connect
from arriero.daemon.endpoint import Endpoint
from arriero.daemon.instance import listen
from arriero.daemon.launch import LaunchFailed
from arriero.rpc.loop import serve
from arriero.rpc.server import Server, make_server

TIMEOUT = 10.0


class Host:
    """A daemon whose servers are at hand for the test."""

    def __init__(self) -> None:
        self.servers: list[Server] = []
        self.cancelled = asyncio.Event()
        self.waiting = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = make_server("test", "0")
        self.servers.append(server)
        attached: list[Any] = []

        def attach(params: Any) -> None:
            attached.append(params)

        async def wait(params: Any) -> None:
            self.waiting.set()
            try:
                await asyncio.sleep(TIMEOUT)
            finally:
                self.cancelled.set()

        async def ask_back(params: Any) -> Any:
            return await server.request("own/question", params, timeout=TIMEOUT)

        handlers = {
            "own/echo": lambda params: params,
            "own/wait": wait,
            "own/askBack": ask_back,
            "arriero/attach": attach,
            "own/attached": lambda params: attached,
        }
        for method, handler in handlers.items():
            server.register_method(method, early=True)
            server.feature(method)(handler)
        await serve(reader, writer, server)


@pytest.fixture
async def host() -> Host:
    return Host()


@pytest.fixture
async def client(host: Host, tmp_path: Path) -> AsyncIterator[Client]:
    endpoint = Endpoint(str(tmp_path / "run"), "name")
    listener = await listen(endpoint, host.serve)
    async with await connect(endpoint, door="cli") as client:
        yield client
    await asyncio.wait_for(listener.close(), TIMEOUT)


@pytest.mark.parametrize("value", [{"a": [1, None, "\udc80"]}, [], {"long": "x" * 1_000_000}])
async def test_request(client: Client, value: Any) -> None:
    assert await client.request("own/echo", value) == value


async def test_the_first_message_is_attach(client: Client) -> None:
    (attached,) = await client.request("own/attached")
    assert set(attached) == {"env", "pid", "cwd", "version", "door"}
    assert attached["door"] == "cli"


async def test_many_at_once(client: Client) -> None:
    values = [{"n": number} for number in range(50)]
    assert await asyncio.gather(*[client.request("own/echo", value) for value in values]) == values


async def test_the_daemons_error(client: Client) -> None:
    with pytest.raises(RemoteError, match="the first request is `initialize`") as caught:
        await client.request("shutdown")
    assert caught.value.code == -32002


@pytest.mark.parametrize("how", ["timeout", "cancel"])
async def test_an_end_before_the_answer_is_told(client: Client, host: Host, how: str) -> None:
    timeout = 0.05 if how == "timeout" else None
    request = asyncio.ensure_future(client.request("own/wait", timeout=timeout))
    await asyncio.wait_for(host.waiting.wait(), TIMEOUT)
    if how == "cancel":
        request.cancel()
    await asyncio.wait([request], timeout=TIMEOUT)
    assert request.cancelled() or isinstance(request.exception(), asyncio.TimeoutError)
    await asyncio.wait_for(host.cancelled.wait(), TIMEOUT)
    assert await client.request("own/echo", {}) == {}


async def test_notifications_keep_their_order(client: Client, host: Host) -> None:
    seen: list[int] = []
    client.on("own/event", lambda params: seen.append(params["n"]))
    client.on("own/broken", lambda params: params["no such key"])
    await client.request("own/echo", {})
    for number in range(20):
        host.servers[0].notify("own/event", {"n": number})
        host.servers[0].notify("own/broken", {})
    await client.request("own/echo", {})
    assert seen == list(range(20))


async def question(params: Any) -> Any:
    await asyncio.sleep(0)
    return {"answer": params["n"] + 1}


async def broken(params: Any) -> Any:
    raise ValueError("as intended")


async def refusing(params: Any) -> Any:
    raise RemoteError(-32099, "no")


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        pytest.param(question, {"answer": 2}, id="coroutine"),
        pytest.param(lambda params: "plain", "plain", id="plain"),
        pytest.param(None, "no handler", id="none"),
        pytest.param(broken, "as intended", id="broken"),
        pytest.param(refusing, "no", id="refusing"),
    ],
)
async def test_requests_of_the_daemon(client: Client, handler: Any, expected: Any) -> None:
    if handler is not None:
        client.on("own/question", handler)
    request = client.request("own/askBack", {"n": 1})
    if handler in (None, broken, refusing):
        with pytest.raises(RemoteError, match=expected):
            await request
    else:
        assert await request == expected


async def test_the_daemon_goes(client: Client, host: Host) -> None:
    request = asyncio.ensure_future(client.request("own/wait"))
    await asyncio.wait_for(host.waiting.wait(), TIMEOUT)
    outbox = host.servers[0].protocol._outbox
    assert outbox is not None
    outbox._writer.transport.abort()
    with pytest.raises(DaemonGone):
        await request
    await asyncio.wait_for(client.wait_closed(), TIMEOUT)
    with pytest.raises(DaemonGone):
        await client.request("own/echo")
    client.notify("own/echo")


async def test_close_fails_what_waits(client: Client, host: Host) -> None:
    request = asyncio.ensure_future(client.request("own/wait"))
    await asyncio.wait_for(host.waiting.wait(), TIMEOUT)
    await client.close()
    with pytest.raises(DaemonGone):
        await request
    await asyncio.wait_for(host.cancelled.wait(), TIMEOUT)


async def test_not_running(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        await connect(Endpoint(str(tmp_path / "run"), "name"), start=False)


async def test_a_place_that_is_not_safe(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(LaunchFailed, match="not a folder"):
        await connect(Endpoint(str(tmp_path / "run"), "name"), start=False)


def test_nothing_of_pygls_is_imported() -> None:
    code = f"import sys; import {module.__name__}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert {"pygls", "lsprotocol", "cattrs"}.isdisjoint(run.stdout.split())
    assert "arriero.daemon.client" in run.stdout.split()
