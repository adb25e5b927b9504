"""A server that sends on to another address is told as that, whatever it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from arriero.models.ollama import OllamaProvider
from arriero.models.openai import OpenAiProvider
from arriero.models.redirects import Redirected, redirected
from models.chatting import HELLO

LOGIN = "https://sso.example:8443/login/?next=secret"
SIGN_IN = r"sends on to https://sso\.example:8443/login/, perhaps for signing in: set `providers\."


@asynccontextmanager
async def redirecting(location: str, asked: list[str]) -> AsyncIterator[str]:
    """Give the address of a server that answers everything with a redirect."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append((await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode())
            head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nConnection: close\r\n"
            writer.write(f"{head}Content-Length: 0\r\n\r\n".encode())
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize("kind", ["ollama", "openai"])
async def test_listings_and_answers(kind: str) -> None:
    asked: list[str] = []
    async with redirecting(LOGIN, asked) as address:
        provider = (
            OllamaProvider("mine", address)
            if kind == "ollama"
            else OpenAiProvider("mine", f"{address}/v1")
        )
        for attempt in (provider.version, provider.models):
            with pytest.raises(Redirected, match=SIGN_IN) as caught:
                await attempt()
            assert "secret" not in str(caught.value)
            assert "MINE_API_KEY" in str(caught.value)
        with pytest.raises(Redirected, match=SIGN_IN):
            async for _ in provider.chat(HELLO):
                pass
        await provider.aclose()
    assert len(asked) >= 3


async def test_none_is_followed() -> None:
    followed: list[str] = []
    async with (
        redirecting(LOGIN, followed) as other,
        redirecting(f"{other}/elsewhere", []) as address,
    ):
        provider = OllamaProvider("mine", address)
        with pytest.raises(Redirected):
            await provider.models()
        await provider.aclose()
    assert followed == []


@pytest.mark.parametrize(
    ("path", "location", "told"),
    [
        ("/models", "https://a/v1/models", "sends everything on to https://a/v1: set `providers."),
        ("/models", "/llm/v1/models", "sends everything on to http://a/llm/v1: set `providers."),
        ("/models", "https://b/v1/models", "sends on to https://b/v1/models, perhaps"),
        ("/models", "/login?next=/models", "sends on to http://a/login, perhaps"),
        ("http://a/props", "https://a/props", "sends on to https://a/props, perhaps"),
        ("/models", "https://me:word@b/\x1b[2J x", "sends on to https://b/?[2J?x, perhaps"),
        ("/models", "https://b/" + "x" * 9_000, f"sends on to https://b/{'x' * 110}…, perhaps"),
        ("/models", "http://[", "sends on to an address that cannot be read, perhaps"),
        ("/models", "http://b:port/", "sends on to an address that cannot be read, perhaps"),
    ],
)
def test_what_is_told(path: str, location: str, told: str) -> None:
    assert told in str(redirected("mine", "http://a/v1", path, 302, location))


def test_what_is_none() -> None:
    assert redirected("mine", "http://a", "/x", 304, "http://b") is None
    assert redirected("mine", "http://a", "/x", 302, None) is None
