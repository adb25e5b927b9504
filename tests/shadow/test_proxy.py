"""Which hosts commands reach without a network, and which tricks do not lead elsewhere."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from arriero.shadow.hosts import Hosts, is_public
from arriero.shadow.proxy import Proxy

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        ("example.org", 443, True),
        ("EXAMPLE.org.", 80, True),
        ("example.org", 22, False),
        ("a.example.org", 443, False),
        ("files.pypi.org", 443, True),
        ("pypi.org", 443, False),
        ("evilpypi.org", 443, False),
        ("odd.net", 8443, True),
        ("odd.net", 443, False),
        ("localhost", 443, False),
        ("x.localhost", 443, False),
        ("printer.local", 443, False),
        ("127.0.0.1", 80, False),
        ("2130706433", 80, False),
        ("0x7f.1", 80, False),
        ("::1", 80, False),
        ("example.org%00.evil.net", 443, False),
        ("example.org@evil.net", 443, False),
        ("", 443, False),
    ],
)
def test_hosts(host: str, port: int, allowed: bool) -> None:
    listed = ["example.org", "*.pypi.org", "odd.net:8443", "localhost", "*.local", "127.0.0.1"]
    assert Hosts(listed).allow(host, port) is allowed


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07::1", True), ("127.0.0.1", False),
        ("10.0.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False),
        ("100.64.0.1", False), ("0.0.0.0", False), ("::1", False), ("fe80::1%eth0", False),
        ("fd00::1", False), ("::ffff:127.0.0.1", False), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("224.0.0.1", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


class Place:
    """A server, and a proxy that finds it under the names that are allowed."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.port = 0
        self.looked_up: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        if head.startswith(b"GET /away"):
            answer = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n"
        else:
            answer = b"HTTP/1.1 200 OK\r\n"
        writer.write(answer + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello")
        await writer.drain()
        writer.close()

    async def look_up(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        return {"good.test": ["127.0.0.1"], "mixed.test": ["127.0.0.1", "10.0.0.1"]}[host]


@asynccontextmanager
async def place() -> AsyncIterator[tuple[Place, Proxy, tuple[str, int]]]:
    there = Place()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    there.port = server.sockets[0].getsockname()[1]
    names = [f"{name}.test:{there.port}" for name in ("good", "mixed", "private")]
    proxy = Proxy(names, lookup=there.look_up, reachable=lambda address: address == "127.0.0.1")
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    await proxy.start(bound)
    try:
        yield there, proxy, bound.getsockname()
    finally:
        await proxy.close()
        server.close()


async def ask(address: tuple[str, int], request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET http://good.test:PORT/x?y=1 HTTP/1.1", 200),
        ("GET http://GOOD.test:PORT HTTP/1.0", 200),
        ("GET http://mixed.test:PORT/ HTTP/1.1", 403),
        ("GET http://127.0.0.1:PORT/ HTTP/1.1", 403),
        ("GET http://localhost:PORT/ HTTP/1.1", 403),
        ("GET http://[::1]:PORT/ HTTP/1.1", 403),
        ("GET http://elsewhere.test:PORT/ HTTP/1.1", 403),
        ("GET http://good.test:22/ HTTP/1.1", 403),
        ("GET http://user@good.test:PORT/ HTTP/1.1", 400),
        ("GET https://good.test:PORT/ HTTP/1.1", 400),
        ("GET ftp://good.test:PORT/ HTTP/1.1", 400),
        ("GET /x HTTP/1.1", 400),
        ("GET http://good.test:PORT/ HTTP/2", 400),
        ("GET http://good.test:99999999/ HTTP/1.1", 400),
        ("nonsense", 400),
        ("CONNECT 127.0.0.1:PORT HTTP/1.1", 403),
        ("CONNECT elsewhere.test:443 HTTP/1.1", 403),
        ("CONNECT good.test:1 HTTP/1.1", 403),
    ],
)
async def test_requests(request_line: str, status: int) -> None:
    async with place() as (there, _, address):
        line = request_line.replace("PORT", str(there.port))
        answer = await ask(
            address, f"{line}\r\nHost: evil.test\r\nProxy-Connection: x\r\nA: b\r\n\r\n".encode()
        )
        assert answer.split(b" ")[1] == str(status).encode(), answer
        assert bool(there.heads) is (status == 200)
        for head in there.heads:
            # The host that was judged is the one that is asked.
            assert f"Host: good.test:{there.port}".encode() in head
            assert b"evil" not in head
            assert b"A: b\r\nConnection: close\r\n\r\n" in head


async def test_a_tunnel_leads_to_the_host_and_back() -> None:
    async with place() as (there, _, address):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(f"CONNECT good.test:{there.port} HTTP/1.1\r\n\r\n".encode())
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await reader.read()).endswith(b"hello")
        writer.close()


async def test_a_head_without_an_end_is_refused() -> None:
    async with place() as (_, _, address):
        answer = await ask(address, b"GET http://good.test/ HTTP/1.1\r\n" + b"A: b\r\n" * 20_000)
        assert b" 431 " in answer.split(b"\r\n")[0]


FETCH = """
import sys, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=10).read())
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.namespaces
async def test_from_inside_a_shadow(
    make_desk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Place()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    def proxy(hosts: list[str]) -> Proxy:
        return Proxy(hosts, lookup=there.look_up, reachable=lambda a: a == "127.0.0.1")

    monkeypatch.setattr("arriero.shadow.overlay.Proxy", proxy)

    async with make_desk("overlay", hosts=[f"good.test:{port}"]) as desk:
        assert f"good.test:{port} only" in desk.shadow.boundary
        for url, expected in (
            (f"http://good.test:{port}/", "b'hello'"),
            (f"http://good.test:{port}/away", "403"),
            (f"http://other.test:{port}/", "403"),
            # Local names do not go to the proxy, and there is nobody inside.
            (f"http://127.0.0.1:{port}/", "refused"),
            (f"http://localhost:{port}/", "refused"),
        ):
            result = await desk.run(f"{sys.executable} - {url}", stdin=FETCH.encode())
            assert expected in result.output, (url, result.output)
        # Without the proxy there is no way: neither names nor addresses.
        result = await desk.run(
            f"env -u http_proxy -u HTTP_PROXY {sys.executable} - http://good.test:{port}/",
            stdin=FETCH.encode(),
        )
        assert "URLError" in result.output
    server.close()
