"""The listening side: one daemon per endpoint, for one user, and connections that end with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from arriero.daemon import instance
from arriero.daemon.client import Client, connect
from arriero.daemon.endpoint import Endpoint, dial
from arriero.daemon.instance import AlreadyRunning, Listener, listen
from arriero.daemon.locks import try_lock
from daemon.echo_daemon import echo

TIMEOUT = 10.0


@pytest.fixture(params=["unix", "tcp"])
def endpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Endpoint:
    return Endpoint(str(tmp_path / "run"), "name", unix=request.param == "unix")


@pytest.fixture
def unix_endpoint(tmp_path: Path) -> Endpoint:
    return Endpoint(str(tmp_path / "run"), "name")


async def attached(client: Client) -> bool:
    answer = await client.request("attached")
    return bool(answer["pid"] == os.getpid())


async def test_it_serves_and_leaves_nothing_behind(endpoint: Endpoint) -> None:
    listener = await listen(endpoint, echo)
    assert stat.S_IMODE(os.stat(endpoint.folder).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(endpoint.path).st_mode) == 0o600
    async with await connect(endpoint, start=False) as client:
        assert await attached(client)
        assert listener.connections == 1
        await asyncio.wait_for(listener.close(), TIMEOUT)
        await asyncio.wait_for(client.wait_closed(), TIMEOUT)
    assert listener.connections == 0
    assert not os.path.exists(endpoint.path)
    with pytest.raises(FileNotFoundError):
        dial(endpoint, 1)


async def test_there_is_only_one(endpoint: Endpoint) -> None:
    first = await listen(endpoint, echo)
    with pytest.raises(AlreadyRunning):
        await listen(endpoint, echo)
    async with await connect(endpoint, start=False) as client:
        assert await attached(client)
    await first.close()
    second = await listen(endpoint, echo)
    await second.close()


async def test_a_socket_left_behind_is_replaced(unix_endpoint: Endpoint) -> None:
    os.mkdir(unix_endpoint.folder)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(unix_endpoint.path)
    listener = await listen(unix_endpoint, echo)
    async with await connect(unix_endpoint, start=False) as client:
        assert await attached(client)
    await listener.close()


async def test_a_predecessor_gets_time_to_end(unix_endpoint: Endpoint) -> None:
    os.mkdir(unix_endpoint.folder)
    lock = try_lock(unix_endpoint.instance_lock)
    assert lock is not None
    successor = asyncio.ensure_future(listen(unix_endpoint, echo))
    await asyncio.wait([successor], timeout=0.03)
    assert not successor.done()
    os.close(lock)
    listener = await asyncio.wait_for(successor, TIMEOUT)
    await listener.close()


async def test_a_retired_daemon_keeps_its_connections(endpoint: Endpoint) -> None:
    retired = await listen(endpoint, echo)
    async with await connect(endpoint, start=False) as client:
        assert await attached(client)
        retired.retire()
        successor = asyncio.ensure_future(listen(endpoint, echo))
        assert await attached(client)
        assert not successor.done()
        await retired.close()
    listener = await asyncio.wait_for(successor, TIMEOUT)
    async with await connect(endpoint, start=False) as client:
        assert await attached(client)
    await listener.close()


async def test_patience_with_a_predecessor_ends(unix_endpoint: Endpoint) -> None:
    os.mkdir(unix_endpoint.folder)
    lock = try_lock(unix_endpoint.instance_lock)
    assert lock is not None
    with pytest.raises(AlreadyRunning):
        await listen(unix_endpoint, echo, patience=0.02)
    os.close(lock)


async def test_a_process_of_another_user_is_refused(
    unix_endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = await listen(unix_endpoint, echo)
    monkeypatch.setattr(instance, "peer_is_us", lambda _: False)
    reader, writer = await asyncio.open_unix_connection(unix_endpoint.path)
    assert await asyncio.wait_for(reader.read(), TIMEOUT) == b""
    writer.close()
    await listener.close()


@pytest.mark.parametrize(
    "said", [b"\n", b"wrong\n", b"\xff\n", b"x" * 100_000 + b"\n", b"Content-Length: 2\r\n\r\n{}"]
)
async def test_who_has_not_the_token_is_refused(said: bytes, tmp_path: Path) -> None:
    endpoint = Endpoint(str(tmp_path), "name", unix=False)
    listener = await listen(endpoint, echo)
    port = int(Path(endpoint.path).read_text().split()[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    with contextlib.suppress(ConnectionResetError):  # for what it left unread
        assert await asyncio.wait_for(reader.read(), TIMEOUT) == b""
    writer.close()
    await listener.close()


async def test_who_says_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "_GREETING", 0.01)
    endpoint = Endpoint(str(tmp_path), "name", unix=False)
    listener = await listen(endpoint, echo)
    port = int(Path(endpoint.path).read_text().split()[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await asyncio.wait_for(reader.read(), TIMEOUT) == b""
    writer.close()
    await listener.close()


async def test_one_connection_that_fails_does_not_end_the_others(
    unix_endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([ValueError("broken"), ConnectionResetError("gone")])

    async def fail_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        error = next(failures, None)
        if error is not None:
            raise error
        await echo(reader, writer)

    listener = await listen(unix_endpoint, fail_twice)
    with caplog.at_level(logging.CRITICAL):
        for _ in range(2):
            async with await connect(unix_endpoint, start=False) as client:
                await asyncio.wait_for(client.wait_closed(), TIMEOUT)
    async with await connect(unix_endpoint, start=False) as client:
        assert await attached(client)
    await listener.close()


async def test_closing_cancels_and_waits(unix_endpoint: Endpoint) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        try:
            await asyncio.sleep(TIMEOUT)
        finally:
            await asyncio.sleep(0)
            ended.set()

    listener: Listener = await listen(unix_endpoint, wait)
    _, writer = await asyncio.open_unix_connection(unix_endpoint.path)
    await asyncio.wait_for(begun.wait(), TIMEOUT)
    await asyncio.wait_for(listener.close(), TIMEOUT)
    assert ended.is_set()
    await listener.close()  # a second time does nothing
    writer.close()


def found(listener: Listener) -> bool:
    return listener.in_place


@pytest.mark.parametrize("lost", ["socket", "folder"])
async def test_what_somebody_removed_is_there_again(endpoint: Endpoint, lost: str) -> None:
    listener = await listen(endpoint, echo)
    assert found(listener)
    async with await connect(endpoint, start=False) as client:
        assert await attached(client)
        shutil.rmtree(endpoint.folder) if lost == "folder" else os.unlink(endpoint.path)
        assert not found(listener)
        assert await listener.return_to_place()
        assert found(listener)
        assert await attached(client), "who was connected stays so"
        async with await connect(endpoint, start=False) as other:
            assert await attached(other)
        with pytest.raises(AlreadyRunning):
            await listen(endpoint, echo)
    await listener.close()
    assert not os.path.exists(endpoint.path)


async def test_the_place_of_another_is_left_to_it(endpoint: Endpoint) -> None:
    first = await listen(endpoint, echo)
    shutil.rmtree(endpoint.folder)
    second = await listen(endpoint, echo)
    assert not found(first)
    assert not await first.return_to_place()
    await first.close()
    assert found(second), "a daemon that ends removes its own socket only"
    async with await connect(endpoint, start=False) as client:
        assert await attached(client)
    await second.close()
