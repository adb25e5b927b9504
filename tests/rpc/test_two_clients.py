"""Two clients of one process: whatever the one does, the other is not disturbed."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from arriero.daemon.endpoint import Endpoint
from arriero.daemon.framing import frame
from arriero.daemon.instance import Listener, listen
from arriero.rpc.loop import serve
from rpc.harness import TIMEOUT, RawClient, new_server

URI = "file:///a.py"


_spun = itertools.count()


def spin(params: Any) -> int:
    """Keep the loop busy; return how often that was done before."""
    end = time.perf_counter() + 0.002
    while time.perf_counter() < end:
        pass
    return next(_spun)


async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    server = new_server()
    server.register_method("own/text")
    server.register_method("own/wait")

    server.register_method("own/spin")
    server.feature("own/spin")(spin)

    @server.feature("own/text")
    def text(params: Any) -> str:
        return server.documents.get_text_document(URI).text

    @server.feature("own/wait")
    async def wait(params: Any) -> None:
        await asyncio.sleep(TIMEOUT)

    await serve(reader, writer, server)


@asynccontextmanager
async def daemon(folder: Path) -> AsyncIterator[tuple[Listener, RawClient, RawClient]]:
    """Serve two clients; each has the same document open, with its own text."""
    listener = await listen(Endpoint(str(folder / "run"), "name"), serve_one)
    clients = []
    for text in ("good", "bad"):
        client = RawClient(*await asyncio.open_unix_connection(listener.endpoint.path))
        await client.initialize()
        document = {"uri": URI, "languageId": "python", "version": 1, "text": text}
        client.send(method="textDocument/didOpen", params={"textDocument": document})
        clients.append(client)
    good, bad = clients
    try:
        yield listener, good, bad
    finally:
        good.close()
        bad.writer.transport.abort()  # what it has not sent may not be wanted
        await asyncio.wait_for(listener.close(), TIMEOUT)


async def leaves(bad: RawClient) -> None:
    bad.close()


async def says_goodbye(bad: RawClient) -> None:
    await bad.ask(1, "shutdown")
    bad.send(method="exit")
    await bad.ends()


async def exits_at_once(bad: RawClient) -> None:
    bad.send(method="exit")
    await bad.ends()


async def crashes(bad: RawClient) -> None:
    bad.send(id=1, method="own/wait")
    connection: socket.socket = bad.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bad.writer.transport.abort()


async def crashes_in_the_middle_of_a_message(bad: RawClient) -> None:
    bad.send_raw(b'Content-Length: 100\r\n\r\n{"jsonrpc"')
    await bad.writer.drain()
    bad.writer.transport.abort()


async def sends_garbage(bad: RawClient) -> None:
    bad.send_raw(random.Random(1).randbytes(200_000))
    await bad.ask(1, "own/text")


async def asks_for_what_breaks(bad: RawClient) -> None:
    bad.send(method="textDocument/didClose", params={"textDocument": {"uri": URI}})
    assert "error" in await bad.ask(1, "own/text")


async def does_not_read(bad: RawClient) -> None:
    bad.reader._transport.pause_reading()  # type: ignore[attr-defined]
    bad.send_raw(frame({"jsonrpc": "2.0", "id": 1, "method": "x" * 300}) * 20_000)


async def changes_its_document(bad: RawClient) -> None:
    params = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": "changed"}]}
    bad.send(method="textDocument/didChange", params=params)
    assert (await bad.ask(1, "own/text"))["result"] == "changed"


@pytest.mark.parametrize(
    "misdeed",
    [
        leaves,
        says_goodbye,
        exits_at_once,
        crashes,
        crashes_in_the_middle_of_a_message,
        sends_garbage,
        asks_for_what_breaks,
        does_not_read,
        changes_its_document,
    ],
)
async def test_the_other_is_not_disturbed(
    misdeed: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL")
    async with daemon(tmp_path) as (listener, good, bad):
        good.send(id="long", method="own/wait")
        deed = asyncio.ensure_future(misdeed(bad))
        for id_ in range(20):
            assert (await good.ask(id_, "own/text"))["result"] == "good"
        await asyncio.wait_for(deed, TIMEOUT)
        assert (await good.ask("last", "own/text"))["result"] == "good"
        good.send(method="$/cancelRequest", params={"id": "long"})
        assert (await good.answer_to("long"))["error"]["code"] == -32800
        newcomer = RawClient(*await asyncio.open_unix_connection(listener.endpoint.path))
        await newcomer.initialize()
        newcomer.close()


async def test_a_flood_does_not_starve_the_other(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (_, good, bad):
        message = frame({"jsonrpc": "2.0", "id": 1, "method": "own/spin"})
        bad.send_raw(message * 100)  # one read, and 0.2 s of work
        for id_ in range(3):
            assert (await good.ask(id_, "own/spin"))["result"] < 100
        for _ in range(100):
            await bad.answer_to(1)
