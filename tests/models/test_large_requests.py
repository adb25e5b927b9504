"""A request of megabytes comes whole, and what else is streamed goes on meanwhile."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from arriero import large_json
from arriero.models import streaming
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from arriero.models.types import ChatRequest, Message
from models.chatting import collect

WORDS = 'é "x"\n' * 400_000


async def test_it_comes_whole() -> None:
    model = SimulatedModel("m", trained_window=8_000_000, num_ctx=8_000_000)
    async with Simulator([Turn("Yes.")], models=[model]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        await collect(provider, ChatRequest("m", [Message("user", WORDS)]))
        await provider.aclose()
        (asked,) = simulator.chats
        assert asked.body["messages"][-1]["content"] == WORDS
        assert asked.headers["content-length"] == str(len(asked.raw))
        assert "transfer-encoding" not in asked.headers


@pytest.mark.parametrize(("size", "beside"), [(10, False), (streaming._LARGE, True)])
async def test_a_large_one_is_written_beside_others(
    size: int, beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []
    for owner, name in ((streaming._ENCODER, "encode"), (large_json, "dumps")):
        real = getattr(owner, name)

        def write(value: Any, real: Any = real, **options: Any) -> Any:
            threads.append(threading.current_thread() is not threading.main_thread())
            return real(value, **options)

        monkeypatch.setattr(owner, name, write)
    body = {"a": "é" * size, "b": [1.5, None, float("inf")]}
    assert json.loads(await streaming.as_json(body)) == body
    assert threads == [beside]
