"""How bytes become lines, which proxies and keys are used."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.models.addresses import is_loopback
from arriero.models.errors import (
    StreamBroken,
)
from arriero.models.ollama import OllamaProvider
from arriero.models.ollama.client import NativeClient
from arriero.models.rehearsal import Simulator, Turn
from arriero.models.types import (
    Chunk,
    Finished,
    TextChunk,
)
from models.chatting import collect, text


@asynccontextmanager
async def raw_server(pieces: list[bytes]) -> AsyncIterator[str]:
    """A server that answers its one request with these pieces, and with no end of its own."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        await reader.readexactly(int(length.group(1)) if length else 0)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def stream_of(words: list[str]) -> bytes:
    lines = [{"message": {"role": "assistant", "content": word}, "done": False} for word in words]
    last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
    texts = [json.dumps(line, ensure_ascii=False) for line in (*lines, last)]
    return "\n".join(texts).encode()


@given(
    words=st.lists(st.text(min_size=1), max_size=6),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
@settings(max_examples=25, deadline=None)
def test_the_answer_does_not_depend_on_how_the_stream_is_cut(
    words: list[str], cuts: list[int]
) -> None:
    words = [word.encode("utf-8", "replace").decode() for word in words]
    data = stream_of(words)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]

    async def run() -> list[Chunk]:
        async with raw_server(pieces) as address:
            provider = OllamaProvider("ollama", address)
            chunks = await collect(provider)
            await provider.aclose()
            return chunks

    chunks = asyncio.run(run())
    assert [chunk.text for chunk in chunks[:-1] if isinstance(chunk, TextChunk)] == words
    assert isinstance(chunks[-1], Finished)


async def test_a_line_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arriero.models.ollama.client._LONGEST_LINE", 1000)
    async with raw_server([b"x" * 600, b"x" * 600, b"x" * 600]) as address:
        provider = OllamaProvider("ollama", address)
        with pytest.raises(StreamBroken) as caught:
            await collect(provider)
        await provider.aclose()
    assert caught.value.cause == "a line without an end"


async def test_a_proxy_of_the_environment_is_not_used_for_loopback(
    simulator: Simulator, provider: OllamaProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # nobody listens there
    simulator.say(Turn("a"))
    assert text(await collect(provider)) == "a"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *[
            (address, True)
            for address in (
                "http://127.0.0.1:11434",
                "http://127.8.8.8",
                "http://localhost:1",
                "http://LOCALHOST",
                "http://a.localhost",
                "http://[::1]:5",
            )
        ],
        *[
            (address, False)
            for address in (
                "http://10.0.0.1",
                "https://ollama.com",
                "http://localhost.evil.example",
            )
        ],
    ],
)
def test_what_is_loopback(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


@pytest.mark.parametrize("key", [None, "secret"])
async def test_only_the_providers_own_key_is_sent(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "for another server")
    client = NativeClient("mine", simulator.base_url, api_key=key)
    await client.fetch("GET", "/api/version", timeout=5)
    await client.aclose()
    sent = simulator.requests[-1].headers.get("authorization")
    assert sent == (f"Bearer {key}" if key else None)
