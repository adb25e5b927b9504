"""A gateway in this process, in front of a simulator, for tests that speak HTTP to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from arriero.daemon.hub import Hub
from arriero.gateway.gateway import Start
from arriero.gateway.opening import Serving, configuration, listen, opened
from arriero.models.rehearsal import Simulator
from arriero.settings.layers import load_settings


@dataclass(frozen=True)
class Running:
    """A gateway that listens; `folder` is its workspace."""

    url: str
    http: httpx.AsyncClient
    hub: Hub
    folder: Path
    simulator: Simulator
    server: Serving

    async def chat(self, *said: Mapping[str, Any] | str, **fields: Any) -> httpx.Response:
        """Ask for a chat completion; a text is a user's message."""
        messages = [{"role": "user", "content": m} if isinstance(m, str) else m for m in said]
        body = {"model": "rehearsal", "messages": messages, **fields}
        return await self.http.post("/v1/chat/completions", json=body)


def places(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all of Arriero's folders below `base`, and no settings of the machine."""
    for name in ("STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(base / name.lower()))
    monkeypatch.setenv("HOME", str(base))
    for name in ("OLLAMA_HOST", "OLLAMA_BASE_URL", "DEFAULT_MODEL"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def running(
    base: Path,
    simulator: Simulator,
    *,
    api_key: str | None = None,
    more: Mapping[str, Any] | None = None,
    model: str | None = None,
    provider: str = "ollama",
    **own: Any,
) -> AsyncIterator[Running]:
    """Serve with these settings of the section `gateway`, and `more` providers; see `places`.

    `model` and `provider` are the settings of these names.
    """
    folder = base / "work"
    folder.mkdir(exist_ok=True)
    given = {
        "gateway": {"port": 0, **own},
        "model": model,
        "provider": provider,
        "index": {"enabled": False},
        "shadow": {"kind": "copy"},
        "window": {"preload": False},
        "agent": {"probe": False},
        "providers": {"ollama": {"base_url": simulator.base_url, "max_retries": 0}, **(more or {})},
    }
    settings = await asyncio.to_thread(
        lambda: load_settings(environment={"HOME": str(base)}, command_line=given).settings
    )
    hub = Hub(base / "state", base / "cache")
    await hub.open()
    start = Start(settings, str(folder.resolve()), given, api_key)
    async with opened(hub, start) as app:
        listening = listen(settings.gateway)
        server = Serving(configuration(app, settings.gateway))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
                yield Running(url, http, hub, folder, simulator, server)
        finally:
            server.stop()
            await task
    await hub.close()


def events(text: str) -> list[dict[str, Any]]:
    """Return the data of the events of a stream, which must end as OpenAI's do."""
    found = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert found.pop() == "[DONE]"
    return [json.loads(line) for line in found]


def folded(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the message and the reason that the chunks of a stream make together."""
    message: dict[str, Any] = {"content": "", "thinking": "", "calls": [], "reason": None}
    for chunk in chunks:
        for choice in chunk["choices"]:
            delta = choice["delta"]
            message["content"] += delta.get("content") or ""
            message["thinking"] += delta.get("reasoning_content") or ""
            for call in delta.get("tool_calls") or ():
                if call["index"] == len(message["calls"]):
                    message["calls"].append([call["function"]["name"], ""])
                message["calls"][call["index"]][1] += call["function"]["arguments"]
            message["reason"] = choice["finish_reason"] or message["reason"]
    return message


def whole(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the same of an answer that was not streamed."""
    (choice,) = answer["choices"]
    message = choice["message"]
    return {
        "content": message["content"] or "",
        "thinking": message.get("reasoning_content", ""),
        "calls": [
            [call["function"]["name"], call["function"]["arguments"]]
            for call in message.get("tool_calls") or ()
        ],
        "reason": choice["finish_reason"],
    }
