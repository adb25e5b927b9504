"""A gateway that ends while it answers: its clients are told, each in its interface's own form."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from arriero.gateway import opening
from arriero.models.rehearsal import Hold, Simulator, Turn
from gateway.gateway_server import places, running

TOLD = "The gateway is ending"
SAID: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}]
REQUESTS = [
    ("/v1/chat/completions", {"messages": SAID}, '"code":"upstream_unavailable"'),
    ("/v1/responses", {"input": "Hi"}, "event: response.failed"),
    ("/v1/completions", {"prompt": "Hi"}, '"code":"upstream_unavailable"'),
    ("/v1/messages", {"messages": SAID, "max_tokens": 9}, "event: error"),
    ("/api/chat", {"messages": SAID}, '{"error":'),
]


@pytest.mark.parametrize(("path", "body", "form"), REQUESTS, ids=[one[0] for one in REQUESTS])
async def test_a_stream_is_not_just_cut(
    path: str, body: dict[str, Any], form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(tmp_path, monkeypatch)
    monkeypatch.setattr(opening, "_LAST_SECONDS", 0)
    hold = Hold(after=1)
    asked = {"model": "rehearsal", "stream": True, **body}
    async with (
        Simulator([Turn("a b c", holds=[hold])]) as simulator,
        running(tmp_path, simulator, inject_tools="never") as gateway,
        gateway.http.stream("POST", path, json=asked) as answer,
    ):
        pieces = answer.aiter_text()
        text = await anext(pieces)
        await hold.reached.wait()
        gateway.server.stop()
        text += "".join([piece async for piece in pieces])
    assert TOLD in text
    assert form in text


async def test_who_still_waits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places(tmp_path, monkeypatch)
    monkeypatch.setattr(opening, "_LAST_SECONDS", 0)
    hold = Hold()
    async with (
        Simulator([Turn("a", holds=[hold])]) as simulator,
        running(tmp_path, simulator, inject_tools="never") as gateway,
    ):
        asking = asyncio.create_task(gateway.chat("Hi", stream=True))
        await hold.reached.wait()
        gateway.server.stop()
        answer = await asking
        assert answer.status_code == 503
        assert TOLD in answer.json()["error"]["message"]
        assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/whatever"),
        ("POST", "/v1/embeddings"),
        ("GET", "/v1/models"),
        ("GET", "/health"),
    ],
)
async def test_no_path_is_just_cut(
    method: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is passed on, or answered at once."""
    places(tmp_path, monkeypatch)
    monkeypatch.setattr(opening, "_LAST_SECONDS", 0)
    async with (
        silent() as (url, asked),
        Simulator() as simulator,
        running(tmp_path, simulator, more={"ollama": {"base_url": url}}) as gateway,
    ):
        body = {"model": "rehearsal", "input": "Hi"} if method == "POST" else None
        asking = asyncio.create_task(gateway.http.request(method, path, json=body))
        await asked.wait()
        gateway.server.stop()
        answer = await asking
        assert answer.status_code == 503
        assert TOLD in answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["retry-after"]


async def test_what_was_passed_on_in_part_does_not_end_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    places(tmp_path, monkeypatch)
    monkeypatch.setattr(opening, "_LAST_SECONDS", 0)
    begun = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart"
    async with (
        silent(begun) as (url, _),
        Simulator() as simulator,
        running(tmp_path, simulator, more={"ollama": {"base_url": url}}) as gateway,
        gateway.http.stream("GET", "/api/whatever") as answer,
    ):
        pieces = answer.aiter_bytes()
        assert await anext(pieces) == b"part"
        gateway.server.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(pieces)
    assert "Traceback" not in caplog.text


@asynccontextmanager
async def silent(begun: bytes = b"") -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Be a server that says no more than `begun`; yields its address, and when it was asked."""
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(begun)
            asked.set()
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):  # a knock
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
