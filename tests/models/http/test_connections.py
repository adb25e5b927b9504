"""Each request by the means that it needs, with the same answers and errors by both."""

from __future__ import annotations

import asyncio
import gzip
import socket
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from arriero.models.http import unpacked
from arriero.models.http.answer import Answer, Lost, NotHttp, Unreached, media_type
from arriero.models.http.connections import Connections
from models.http.server import LENGTH, Server, Talk, says, serving

PATIENCE = 5
LARGE = b"[" + b" " * (1 << 19) + b"]"
BY_BOTH = pytest.mark.parametrize("body", [b"{}", LARGE], ids=["plain", "aiohttp"])


@asynccontextmanager
async def connected(base_url: str) -> AsyncIterator[Connections]:
    made = Connections(base_url, {"authorization": "Bearer key"})
    try:
        yield made
    finally:
        await made.aclose()


async def read(answer: Answer) -> bytes:
    data = b""
    while piece := await asyncio.wait_for(answer.read(), PATIENCE):
        data += piece
    return data


def answering(body: bytes, *headers: str) -> Callable[[Server], Talk]:
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""])
    return says(head.encode() + body[:3], body[3:])


@BY_BOTH
async def test_the_same_request(body: bytes) -> None:
    talk = answering(b"whole", "Content-Type: Text/Event-Stream; charset=utf-8", "X-A: 1")
    async with serving(talk) as server, connected(server.base_url) as made:
        for address in ("/v1/a", f"{server.base_url}/v1/a"):
            answer = await made.post(address, body)
            assert answer.status == 200
            assert answer.headers.get("x-a") == "1"
            assert media_type(answer) == "text/event-stream"
            assert await read(answer) == b"whole"
            assert answer.is_whole
            answer.close()
        assert server.connections == 1
    for head in server.heads:
        lines = head.lower().split(b"\r\n")
        assert lines[0] == b"post /v1/a http/1.1"
        length, key = b"content-length: %d" % len(body), b"authorization: bearer key"
        assert {length, key, b"content-type: application/json"} <= {*lines}
        assert not any(line.startswith((b"transfer-encoding", b"cookie")) for line in lines)


@BY_BOTH
@pytest.mark.parametrize(
    ("talk", "kind"),
    [
        pytest.param(says(then=b""), Lost, id="nothing"),
        pytest.param(says(b"no HTTP at all\r\n\r\n"), NotHttp, id="no HTTP"),
    ],
)
async def test_the_same_errors(
    body: bytes, talk: Callable[[Server], Talk], kind: type[Lost]
) -> None:
    async with serving(talk) as server, connected(server.base_url) as made:
        with pytest.raises(Lost) as caught:
            await made.post("/a", body)
        assert type(caught.value) is kind


@BY_BOTH
async def test_nobody_listens(body: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with connected(f"http://127.0.0.1:{port}") as made:
        with pytest.raises(Unreached):
            await made.post("/a", body)


@BY_BOTH
async def test_an_answer_that_is_cut(body: bytes) -> None:
    talk = says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
    async with serving(talk) as server, connected(server.base_url) as made:
        answer = await made.post("/a", body)
        assert await answer.read() == b"half"
        reading = asyncio.ensure_future(answer.read())
        await asyncio.sleep(0)
        answer.fail(Lost("given up"))
        with pytest.raises(Lost, match="given up"):
            await asyncio.wait_for(reading, PATIENCE)
        answer.close()
        await asyncio.wait_for(server.ended.wait(), PATIENCE)


async def test_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(says(LENGTH)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.base_url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with connected("http://models.example") as made:
            assert await read(await made.post("/api/chat", b"{}")) == b"ok"
    assert proxy.heads[0].startswith(b"POST http://models.example/api/chat HTTP/1.1\r\n")


def test_importing_it_does_not_import_aiohttp() -> None:
    """It takes a tenth of a second, and most servers are reached without it."""
    script = "import sys, arriero.models.ollama.client; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


PACKED = {
    "gzip": gzip.compress(b"one two three", mtime=0),
    "deflate": zlib.compress(b"one two three"),
}


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("method", "data"),
    [
        ("gzip", PACKED["gzip"]),
        ("X-Gzip", PACKED["gzip"]),
        ("deflate", PACKED["deflate"]),
        ("deflate", bare(b"one two three")),
    ],
    ids=["gzip", "its old name", "deflate", "without a head"],
)
async def test_what_is_compressed_is_unpacked(method: str, data: bytes) -> None:
    talk = answering(data, f"Content-Encoding: {method}")
    async with serving(talk) as server, connected(server.base_url) as made:
        assert await read(await made.post("/a", b"{}")) == b"one two three"


async def test_little_that_stands_for_much_comes_bit_by_bit() -> None:
    data = gzip.compress(bytes(20 << 20))
    talk = answering(data, "Content-Encoding: gzip")
    async with serving(talk) as server, connected(server.base_url) as made:
        answer = await made.post("/a", b"{}")
        sizes = []
        while piece := await asyncio.wait_for(answer.read(), PATIENCE):
            sizes.append(len(piece))
    assert sum(sizes) == 20 << 20
    assert max(sizes) <= unpacked._AT_ONCE


@pytest.mark.parametrize("data", [PACKED["gzip"][:-9], b"\x1f\x8bno"], ids=["cut", "rubbish"])
async def test_what_cannot_be_unpacked(data: bytes) -> None:
    talk = answering(data, "Content-Encoding: gzip")
    async with serving(talk) as server, connected(server.base_url) as made:
        answer = await made.post("/a", b"{}")
        with pytest.raises(Lost):
            await read(answer)


async def test_another_method_is_told() -> None:
    talk = answering(b"?" * 10_000, "Content-Encoding: br")
    async with serving(talk) as server, connected(server.base_url) as made:
        with pytest.raises(NotHttp, match="'br'"):
            await made.post("/a", b"{}")
