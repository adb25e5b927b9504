"""How a gateway says it is, by what its parts answer and when."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from arriero.daemon.hub import Hub
from arriero.gateway import health
from arriero.gateway.conversations import Shelf, ShelfFailed
from arriero.gateway.health import Health
from arriero.gateway.metrics import Metrics
from arriero.models.errors import ProviderUnavailable
from arriero.settings.model import Settings
from arriero.settings.provider import ProviderSettings

USED = ProviderSettings(kind="ollama", base_url="http://127.0.0.1:11434")
SILENT = ProviderSettings(kind="openai", base_url="http://127.0.0.1:1/v1")  # nothing listens there


class Parts:
    """Providers and a shelf that answer as they are told; `asked` are the providers that were."""

    kind = "sqlite"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = 0.0
        self.is_up = True
        self.shelf: Exception | None = None
        self.settings = Settings(provider="used", providers={"used": USED, "silent": SILENT})
        self.gauges: dict[str, int] = {}
        hub = SimpleNamespace(providers=SimpleNamespace(direct=self._direct))
        metrics = SimpleNamespace(providers=SimpleNamespace(labels=self._gauge))
        self.health = Health(
            cast("Hub", hub),
            lambda: self.settings,
            cast("Metrics", metrics),
            shelf=cast("Shelf", self),
            clock=lambda: self.now,
        )

    async def check(self) -> None:
        if isinstance(self.shelf, TimeoutError):
            await asyncio.Event().wait()
        if self.shelf is not None:
            raise self.shelf

    async def version(self) -> str:
        self.now += 0.25
        if not self.is_up:
            raise ProviderUnavailable("Nothing answers: start it.")
        return "0.12"

    async def models(self) -> list[str]:
        return ["one", "two"]

    def _direct(self, name: str, _: Settings) -> Parts:
        self.asked.append(name)
        return self

    def _gauge(self, name: str) -> Any:
        return SimpleNamespace(set=lambda value: self.gauges.update({name: value}))


async def test_all_that_a_request_may_need_answers() -> None:
    parts = Parts()
    told = await parts.health.state()
    assert (told["status"], told["sessions"]) == ("ok", {"status": "up", "kind": "sqlite"})
    used = {"status": "up", "kind": "ollama", "version": "0.12", "models": 2}
    problem = "Nothing answers at http://127.0.0.1:1/v1."
    silent = {"status": "down", "kind": "openai", "problem": problem}
    assert told["providers"] == {"used": used, "silent": silent}
    assert parts.asked == ["used"]  # of the other one not even its client is imported
    assert parts.gauges == {"used": 1, "silent": 0}
    first, _ = await parts.health.providers()
    assert first.milliseconds == 250


async def test_without_the_provider_in_use_it_is_degraded() -> None:
    parts = Parts()
    parts.is_up = False
    told = await parts.health.state()
    assert told["status"] == "degraded"
    assert told["providers"]["used"]["problem"] == "Nothing answers: start it."


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ShelfFailed("The disk is full."), "The disk is full."),
        (TimeoutError(), "What keeps the sessions (sqlite) does not answer in time."),
    ],
)
async def test_without_what_keeps_the_sessions_it_is_down(
    failure: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_PATIENCE", 0.01)
    parts = Parts()
    parts.shelf = failure
    told = await parts.health.state()
    assert told["status"] == "down"
    assert told["sessions"] == {"status": "down", "kind": "sqlite", "problem": words}


async def test_it_is_asked_again_after_a_while_or_with_other_settings() -> None:
    parts = Parts()
    await asyncio.gather(*(parts.health.state() for _ in range(3)))
    assert len(parts.asked) == 1
    parts.now += 2.9
    await parts.health.state()
    assert len(parts.asked) == 1
    parts.settings = parts.settings.model_copy()
    await parts.health.state()
    assert len(parts.asked) == 2
    parts.now += 3.0
    await parts.health.state()
    assert len(parts.asked) == 3
