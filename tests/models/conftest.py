"""Fixtures of the tests of models: a client for a simulator, and helpers that read answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import Simulator

Ask = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=simulator.base_url, trust_env=False, timeout=10
    ) as client:
        yield client


@pytest.fixture
def ask(http: httpx.AsyncClient) -> Ask:
    """Ask the simulated model something and return the lines of its answer."""

    async def send(content: str = "Hi", **body: Any) -> list[dict[str, Any]]:
        messages = [{"role": "user", "content": content}]
        request = {"model": "rehearsal", "messages": messages, **body}
        answer = await http.post("/api/chat", json=request)
        return [json.loads(line) for line in answer.text.splitlines()]

    return send


@pytest.fixture
async def provider(simulator: Simulator) -> AsyncIterator[OllamaProvider]:
    made = OllamaProvider("ollama", simulator.base_url, timeout=5, retries=0)
    yield made
    await made.aclose()
