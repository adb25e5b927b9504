"""Requests by this project's own client of HTTP/1.1: what is sent, kept, closed and told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from arriero.models.http import plain
from arriero.models.http.answer import Answer, Lost, NotHttp, Unreached
from arriero.models.http.exchange import Connection
from arriero.models.http.plain import PlainConnections
from arriero.models.http.target import Target, target
from models.http.server import LENGTH, Server, Talk, says, serving

PATIENCE = 5  # seconds, after which a test is a hang
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@asynccontextmanager
async def connections(idle: float = 30.0, connect: float = 5.0) -> AsyncIterator[PlainConnections]:
    made = PlainConnections(connect=connect, idle=idle)
    try:
        yield made
    finally:
        await made.aclose()


def to(url: str) -> Target:
    found = target(url, {})
    assert found is not None
    return found


async def read(answer: Answer) -> bytes:
    data = b""
    while piece := await asyncio.wait_for(answer.read(), PATIENCE):
        data += piece
    return data


async def asked(made: PlainConnections, server: Server, body: bytes = b"{}") -> bytes:
    """Return the body of an answer to one request."""
    return await read(await made.post(to(server.base_url + "/api/chat"), body))


async def test_what_is_sent() -> None:
    async with serving(says(LENGTH)) as server, connections() as made:
        where = target(server.base_url + "/a/b?c=1", {"authorization": "Bearer key"})
        assert where is not None
        answer = await made.post(where, b'{"a":1}')
        assert (answer.status, answer.headers) == (200, {"content-length": "2"})
        assert await read(answer) == b"ok"
    first, *lines = server.heads[0].decode().split("\r\n")
    assert first == "POST /a/b?c=1 HTTP/1.1"
    assert {*lines} >= {
        f"host: 127.0.0.1:{server.port}",
        "authorization: Bearer key",
        "content-type: application/json",
        "content-length: 7",
        "accept-encoding: identity",
    }


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with serving(says(LENGTH)) as server, connections() as made:
        for _ in range(3):
            assert await asked(made, server) == b"ok"
        assert server.connections == 1
        both = await asyncio.gather(asked(made, server), asked(made, server))
        assert [*both] == [b"ok", b"ok"]
        assert server.connections == 2


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(says(LENGTH, then=b""), id="closed afterwards"),
        pytest.param(says(LENGTH.replace(b"OK\r\n", b"OK\r\nconnection: close\r\n")), id="said so"),
        pytest.param(says(LENGTH + b"HTTP/1.1 200 OK\r\n"), id="more than was asked for"),
        pytest.param(says(LENGTH + LENGTH), id="another answer"),
        pytest.param(says(LENGTH, b"rubbish"), id="rubbish while it is idle"),
        pytest.param(says(b"HTTP/1.0 200 OK\r\n\r\nok", then=b""), id="as of old"),
    ],
)
async def test_what_cannot_be_used_again_is_not(talk: Callable[[Server], Talk]) -> None:
    async with serving(talk, says(LENGTH)) as server, connections() as made:
        assert await asked(made, server) == b"ok"
        await asyncio.wait_for(server.ended.wait(), PATIENCE)
        for _ in range(5):  # whoever closed it, it is told in a turn of the loop
            await asyncio.sleep(0)
        assert await asked(made, server) == b"ok"
        assert server.connections == 2


async def test_what_is_idle_for_long_is_closed() -> None:
    async with serving(says(LENGTH)) as server, connections(idle=0.01) as made:
        assert await asked(made, server) == b"ok"
        await asyncio.wait_for(server.ended.wait(), PATIENCE)
        assert await asked(made, server) == b"ok"
        assert server.connections == 2


async def test_heads_before_the_head() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
    talk = says(b"HTTP/1.1 100 Continue\r\n\r\n", early, LENGTH)
    async with serving(talk) as server, connections() as made:
        answer = await made.post(to(server.base_url), b"{}")
        assert (answer.status, dict(answer.headers)) == (200, {"content-length": "2"})
        assert await read(answer) == b"ok"
        assert await asked(made, server) == b"ok"
        assert server.connections == 1


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(LENGTH.replace(b"\r\n", b"\n"), id="bare line ends"),
        pytest.param(CHUNKED + b"2 \r\nok\r\n0  \r\n\r\n", id="spaces after a size"),
        pytest.param(LENGTH.replace(b"OK\r\n", b"OK\r\nx-a: \x01\r\n"), id="a header of any bytes"),
    ],
)
async def test_servers_that_are_not_careful(sent: bytes) -> None:
    async with serving(says(sent)) as server, connections() as made:
        for _ in range(2):
            assert await asked(made, server) == b"ok"
        assert server.connections == 1


async def test_an_answer_that_ends_with_its_connection() -> None:
    talk = says(b"HTTP/1.1 200 OK\r\n\r\n", b"all ", b"of it", then=b"")
    async with serving(talk) as server, connections() as made:
        assert await asked(made, server) == b"all of it"


@pytest.mark.parametrize(
    "sent", [CHUNKED + b"4\r\nhalf\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf"]
)
async def test_what_came_before_a_cut_is_read_first(sent: bytes) -> None:
    async with serving(says(sent, then=b"")) as server, connections() as made:
        answer = await made.post(to(server.base_url), b"{}")
        assert await answer.read() == b"half"
        with pytest.raises(Lost):
            await asyncio.wait_for(answer.read(), PATIENCE)
        assert answer.is_lost
        assert not answer.is_whole


@pytest.mark.parametrize(
    ("talk", "kind"),
    [
        pytest.param(says(then=b""), Lost, id="nothing"),
        pytest.param(says(b"HTTP/1.1 200 O", then=b""), Lost, id="half a head"),
        pytest.param(says(b"220 mail.example ESMTP\r\n"), NotHttp, id="another protocol"),
        pytest.param(says(b"\x16\x03\x01\x02\x00"), NotHttp, id="TLS"),
        pytest.param(
            says(b"HTTP/1.1 101 No\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
            NotHttp,
            id="an upgrade",
        ),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000), NotHttp, id="a long head"),
    ],
)
async def test_no_answer(talk: Callable[[Server], Talk], kind: type[Lost]) -> None:
    async with serving(talk) as server, connections() as made:
        with pytest.raises(Lost) as caught:
            await asyncio.wait_for(made.post(to(server.base_url), b"{}"), PATIENCE)
        assert type(caught.value) is kind
        assert str(caught.value)
        await asyncio.wait_for(server.ended.wait(), PATIENCE)


async def test_rubbish_in_the_middle() -> None:
    async with (
        serving(says(CHUNKED + b"2\r\nok\r\n", b"rubbish\r\n")) as server,
        connections() as m,
    ):
        answer = await m.post(to(server.base_url), b"{}")
        assert await answer.read() == b"ok"
        with pytest.raises(NotHttp):
            await asyncio.wait_for(answer.read(), PATIENCE)
        await asyncio.wait_for(server.ended.wait(), PATIENCE)


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with connections() as made:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(Unreached):
                await made.post(to(f"http://{host}:{port}"), b"{}")


async def test_a_connection_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> socket.socket:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(plain, "start_connection", never)
    async with connections(connect=0.01) as made:
        with pytest.raises(Unreached, match="too long"):
            await asyncio.wait_for(made.post(to("http://127.0.0.1:9"), b"{}"), PATIENCE)


async def test_a_name_with_several_addresses() -> None:
    """`localhost` may be ::1 too, where nobody listens."""
    async with serving(says(LENGTH)) as server, connections() as made:
        answer = await made.post(to(f"http://localhost:{server.port}/"), b"{}")
        assert await read(answer) == b"ok"


@pytest.mark.parametrize("pieces", [(), (CHUNKED,), (CHUNKED + b"2\r\nok\r\n",)])
async def test_who_leaves_closes_the_connection(pieces: tuple[bytes, ...]) -> None:
    async with serving(says(*pieces)) as server, connections() as made:

        async def ask() -> None:
            answer = await made.post(to(server.base_url), b"{}")
            try:
                await read(answer)
            finally:
                answer.close()

        task = asyncio.ensure_future(ask())
        while not server.heads:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.ended.wait(), PATIENCE)


async def test_who_leaves_when_the_connection_is_just_made_has_left() -> None:
    async with serving(says(LENGTH)) as server, connections() as made:
        real = made._made

        async def made_and_cancelled(connection: Connection) -> None:
            await real(connection)
            task.cancel()

        made._made = made_and_cancelled  # type: ignore[method-assign]
        task = asyncio.ensure_future(made.post(to(server.base_url), b"{}"))
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.ended.wait(), PATIENCE)
        assert not server.heads


async def test_closing_tells_who_reads() -> None:
    async with serving(says(b"HTTP/1.1 200 OK\r\n\r\n", b"a")) as server, connections() as made:
        answer = await made.post(to(server.base_url), b"{}")
        assert await answer.read() == b"a"
        reading = asyncio.ensure_future(answer.read())
        await asyncio.sleep(0)
        await made.aclose()
        with pytest.raises(Lost, match="closed"):
            await asyncio.wait_for(reading, PATIENCE)
        await asyncio.wait_for(server.ended.wait(), PATIENCE)


async def test_who_does_not_read_lets_the_server_wait() -> None:
    size, sent = 8 << 20, 0

    def flood(server: Server) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            for _ in range(2):
                await server.asked(reader)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
                for _ in range(0, size, 1 << 16):
                    writer.write(b"x" * (1 << 16))
                    await writer.drain()
                    sent += 1 << 16

        return talk

    async with serving(flood) as server, connections() as made:
        answer = await made.post(to(server.base_url), b"{}")
        before, still = -1, 0
        while still < 50:  # until the server waits
            still = still + 1 if sent == before else 0
            before = sent
            await asyncio.sleep(0.001)
        assert sent < size
        assert len(await read(answer)) == size
        assert len(await asked(made, server)) == size
        assert server.connections == 1
