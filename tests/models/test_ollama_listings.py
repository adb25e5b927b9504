"""Everything of the Ollama provider but chatting: listings, details, pulling."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from arriero.models.errors import ModelError, ModelNotFound, ProviderUnavailable
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from arriero.models.types import ChatRequest, LoadedModel, Message, ModelInfo, PullProgress


async def test_models_show_loaded_version() -> None:
    models = [
        SimulatedModel("small", capabilities=("completion",), modified_ns=1),
        SimulatedModel(
            "big", path="rendered", trained_window=32768, num_ctx=16384, size_vram=7, modified_ns=2
        ),
    ]
    async with Simulator([Turn("a")], models=models, version="0.30.1") as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        big, small = await provider.models()
        assert big == ModelInfo("big:latest", models[1].digest, models[1].size, "3.2B", "Q4_K_M")
        assert small.name == "small:latest"
        details = await provider.show("big")
        assert details.capabilities == {"completion", "tools"}
        assert (details.trained_window, details.configured_window) == (32768, 16384)
        assert (details.family, details.parameter_size, details.quantization) == (
            "llama",
            "3.2B",
            "Q4_K_M",
        )
        assert ".Tools" in details.template
        assert (await provider.show("small")).configured_window is None
        assert await provider.loaded() == []
        async for _ in provider.chat(ChatRequest("big", [Message("user", "Hi")])):
            pass
        (loaded,) = await provider.loaded()
        assert loaded == LoadedModel("big:latest", models[1].size, 7, 16384, loaded.expires_at)
        assert loaded.expires_at.endswith("Z")
        assert await provider.version() == "0.30.1"
        with pytest.raises(ModelNotFound, match=r"`ollama pull no`.*: big, small\."):
            await provider.show("no")
        await provider.aclose()


async def test_long_lists_of_names_are_shortened() -> None:
    models = [SimulatedModel(f"m{number}") for number in range(20)]
    async with Simulator(models=models) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        with pytest.raises(ModelNotFound) as caught:
            await provider.show("nope")
        await provider.aclose()
    assert str(caught.value).endswith("m7 and 12 more.")


async def test_pull() -> None:
    async with Simulator(pullable=[SimulatedModel("new", size=1000)]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        progress = [one async for one in provider.pull("new")]
        assert progress[0] == PullProgress("pulling manifest")
        assert [one.completed for one in progress if one.total == 1000] == [0, 250, 500, 750, 1000]
        assert progress[-1].status == "success"
        assert "new:latest" in [model.name for model in await provider.models()]
        with pytest.raises(ModelError, match=r"could not fetch nope .*: check its name"):
            _ = [one async for one in provider.pull("nope")]
        await provider.aclose()


@asynccontextmanager
async def answering(body: bytes, content_type: str = "text/html") -> AsyncIterator[str]:
    """A server that answers everything with one body."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}"
        writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"[]", b"{}", b'{"version": 3}'])
async def test_a_server_that_is_not_ollama(body: bytes) -> None:
    async with answering(body) as address:
        provider = OllamaProvider("mine", address)
        with pytest.raises(ProviderUnavailable, match=r"providers\.mine\.base_url"):
            await provider.version()
        await provider.aclose()


@pytest.mark.parametrize(
    "listing",
    [
        {},
        {"models": None},
        {"models": ["x"]},
        {"models": [{}]},
        {"models": [{"name": None, "size": "big", "details": []}]},
    ],
)
async def test_listings_with_holes(listing: object) -> None:
    async with answering(json.dumps(listing).encode(), "application/json") as address:
        provider = OllamaProvider("ollama", address)
        assert all(model.size == 0 for model in await provider.models())
        assert all(model.window == 0 for model in await provider.loaded())
        details = await provider.show("m")
        assert (details.capabilities, details.trained_window) == (frozenset(), None)
        await provider.aclose()


async def test_a_wrong_path_is_not_ollama(simulator: Simulator) -> None:
    provider = OllamaProvider("ollama", f"{simulator.base_url}/v1")
    with pytest.raises(ProviderUnavailable, match="is not Ollama"):
        await provider.version()
    await provider.aclose()


async def test_closing_twice_and_using_it_again(simulator: Simulator) -> None:
    provider = OllamaProvider("ollama", simulator.base_url)
    await provider.aclose()
    await provider.version()
    await provider.aclose()
    await provider.aclose()
    assert await provider.version() == "0.0.0-rehearsal"
    await provider.aclose()
