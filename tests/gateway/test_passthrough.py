"""What a provider sets in one client's answer is not for the next one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from arriero.gateway.gateway import Gateway
from arriero.gateway.passthrough import PassThrough
from arriero.models.rehearsal import Simulator
from arriero.settings.api_keys import digest_of
from arriero.settings.provider import ProviderSettings
from gateway.gateway_server import places, running


async def test_cookies_of_a_provider_go_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: who=first; path=/\r\nx-kept: 1\r\n")
        writer.write(b"content-length: 2\r\nconnection: close\r\n\r\nok")
        writer.close()

    places(tmp_path, monkeypatch)
    server = await asyncio.start_server(serve, "localhost", 0, family=socket.AF_INET)
    url = f"http://localhost:{server.sockets[0].getsockname()[1]}"
    provider = {"ollama": {"base_url": url, "max_retries": 0}}
    async with (
        server,
        Simulator() as simulator,
        running(tmp_path, simulator, more=provider) as gateway,
    ):
        for _ in range(2):
            answer = await gateway.http.get("/api/whatever", headers={"cookie": "mine=1"})
            assert (answer.text, answer.headers.get("x-kept")) == ("ok", "1")
            assert "set-cookie" not in answer.headers
    assert len(heads) == 2
    assert not any("cookie" in head for head in heads)


async def test_what_only_a_server_may_say_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody has the provider's key sent back."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n")
        writer.write(b"content-length: 2\r\nconnection: close\r\n\r\nok")
        writer.close()

    places(tmp_path, monkeypatch)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    provider = {"ollama": {"base_url": url, "max_retries": 0, "default_api_key": "sesame"}}
    async with (
        server,
        Simulator() as simulator,
        running(tmp_path, simulator, more=provider) as gateway,
    ):
        answer = await gateway.http.get("/api/whatever")
        (date,) = answer.headers.get_list("date")
        assert "1970" not in date
        assert "sesame" in asked[0]
        answer = await gateway.http.request("TRACE", "/api/whatever")
        assert (answer.status_code, len(asked)) == (403, 1)


SENT: list[tuple[str, list[str], bytes]] = [
    ("GET", [], b""),
    ("POST", ["content-length: 0"], b""),
    ("POST", ["x-kept: 1", "content-length: 4"], b"body"),
    ("POST", ["transfer-encoding: chunked"], b"4\r\nbody\r\n0\r\n\r\n"),
    ("GET", ["accept: a/b", "user-agent: me", "accept-encoding: br"], b""),
    ("PUT", ["content-type: a/b", "content-length: 1"], b"x"),
]


@pytest.mark.parametrize(("method", "headers", "body"), SENT)
async def test_nothing_is_added_to_what_is_passed_on(
    method: str,
    headers: list[str],
    body: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as that the client reads what is packed, which it did not say."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        writer.close()

    places(tmp_path, monkeypatch)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with (
        server,
        Simulator() as simulator,
        running(tmp_path, simulator, more={"ollama": {"base_url": url}}) as gateway,
    ):
        host, _, port = gateway.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        sent = "\r\n".join((f"{method} /x HTTP/1.1", "host: localhost", *headers, "", ""))
        writer.write(sent.encode() + body)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        writer.close()
        assert head.startswith(b"HTTP/1.1 200")
    lines = asked[0].lower().split("\r\n")[1:-2]
    assert sorted(line for line in lines if not line.startswith("host:")) == sorted(headers)


PASSED = ["/chat/completions", "/CHAT/completions", "/%63hat/completions", "/x", "/api/pull"]
PASSED += ["/v1/chat/completions/", "/v1//chat/completions", "/chat/completions/", "/v1/v1/chat"]


@pytest.mark.parametrize("path", PASSED)
@pytest.mark.parametrize("version", ["", "/v1"])
async def test_a_key_with_a_limit_of_tokens_has_no_way_around_it(
    version: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is passed on is not counted, and may be the same path by another name."""
    places(tmp_path, monkeypatch)
    entries = [
        f"few sha256:{digest_of('few').hex()} tokens=100",
        f"any sha256:{digest_of('any').hex()} requests=100",
    ]
    async with Simulator() as simulator:
        kind = "openai" if version else "ollama"
        more = {"one": {"kind": kind, "base_url": simulator.base_url + version}}
        async with running(tmp_path, simulator, more=more, provider="one", keys=entries) as gateway:
            before = len(simulator.requests)
            for method in ("POST", "GET"):
                answer = await gateway.http.request(method, path, headers={"x-api-key": "few"})
                assert answer.status_code == 403
                assert "limit of tokens" in answer.text
            assert len(simulator.requests) == before
            await gateway.http.post(path, headers={"x-api-key": "any"})
            assert len(simulator.requests) == before + 1


@pytest.mark.parametrize("body", [None, b"some of it"])
async def test_who_leaves_before_the_provider_answers_ends_what_was_asked_there(
    body: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n" if body is None else body)
        asked.set()
        await reader.read()
        ended.set()
        writer.close()

    places(tmp_path, monkeypatch)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with (
        server,
        Simulator() as simulator,
        running(tmp_path, simulator, more={"ollama": {"base_url": url}}) as gateway,
    ):
        asking = asyncio.create_task(gateway.http.request("POST", "/api/whatever", content=body))
        await asyncio.wait_for(asked.wait(), 10)
        asking.cancel()
        await asyncio.wait((asking,))
        await asyncio.wait_for(ended.wait(), 10)


async def test_a_body_that_is_too_large_is_not_the_providers_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    places(tmp_path, monkeypatch)
    async with (
        swallowing() as url,
        Simulator() as simulator,
        running(tmp_path, simulator, more={"ollama": {"base_url": url}}, max_body_mb=1) as gateway,
    ):
        answer = await gateway.http.post("/api/whatever", content=pieces())
        assert answer.status_code == 413
        assert "raise gateway.max_body_mb" in answer.json()["error"]


async def test_who_leaves_in_the_middle_of_a_body_is_not_the_providers_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"some"
        begun.set()
        await asyncio.Event().wait()

    places(tmp_path, monkeypatch)
    async with (
        swallowing() as url,
        Simulator() as simulator,
        running(tmp_path, simulator, more={"ollama": {"base_url": url}}) as gateway,
    ):
        asking = asyncio.create_task(gateway.http.post("/api/whatever", content=pieces()))
        await asyncio.wait_for(begun.wait(), 10)
        asking.cancel()
        await asyncio.wait((asking,))
        while 'status="cut"' not in (await gateway.http.get("/metrics")).text:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def swallowing() -> AsyncIterator[str]:
    """Be a server that reads and never answers; yields its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


ENTRIES = [("http://127.0.0.1:1", False), ("http://models.example:1", True)]


@pytest.mark.parametrize("order", [1, -1])
async def test_a_proxy_is_for_others_than_this_machine(
    order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the provider in use changes while the gateway runs."""
    told: list[bool] = []
    real = aiohttp.ClientSession

    def session(**options: object) -> aiohttp.ClientSession:
        told.append(bool(options["trust_env"]))
        return real()

    monkeypatch.setattr(aiohttp, "ClientSession", session)
    passing = PassThrough(Gateway.__new__(Gateway))
    for url, _ in ENTRIES[::order]:
        for _ in range(2):
            await passing.client(ProviderSettings(kind="ollama", base_url=url))
    assert told == [proxied for _, proxied in ENTRIES[::order]]
    await passing.aclose()
