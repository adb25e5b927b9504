"""What `/health` tells: this gateway, and each provider of the settings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from arriero import __version__
from arriero.daemon.hub import Hub
from arriero.gateway.metrics import Metrics
from arriero.models.errors import ModelError
from arriero.settings.model import Settings

_PATIENCE = 5.0  # seconds for a provider
_KNOCK = 1.0  # seconds for a connection
_FRESH = 3.0  # seconds for which an answer is good


@dataclass(frozen=True)
class ProviderState:
    """How a provider was found. `milliseconds` are those of its answer, `models` how many it has.

    `problem` is a sentence for the person, empty where it answers.
    """

    name: str
    kind: str
    address: str
    state: Literal["up", "down"]
    version: str = ""
    milliseconds: int = 0
    models: int | None = None
    problem: str = ""


class Health:
    """Asks the providers, at most every few seconds however many ask us."""

    def __init__(
        self,
        hub: Hub,
        settings: Callable[[], Settings],
        metrics: Metrics | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._known: tuple[Settings, float, list[ProviderState]] | None = None

    async def providers(self) -> list[ProviderState]:
        """Return the state of each provider, the one in use first."""
        async with self._one_at_a_time:
            settings, now = self._settings(), self._clock()
            if self._known is not None:
                asked, at, states = self._known
                if asked is settings and now - at < _FRESH:
                    return states
            names = sorted(settings.providers, key=lambda name: (name != settings.provider, name))
            states = list(await asyncio.gather(*(self._ask(name, settings) for name in names)))
            self._known = settings, self._clock(), states
            return states

    async def state(self) -> dict[str, Any]:
        """Return the answer to `/health`: `ok` if the provider in use answers, else `degraded`."""
        states = await self.providers()
        return {
            "status": "ok" if states[0].state == "up" else "degraded",
            "version": __version__,
            "provider": states[0].name,
            "providers": {
                one.name: {
                    "status": one.state,
                    "kind": one.kind,
                    **({"version": one.version} if one.version else {}),
                    **({"models": one.models} if one.models is not None else {}),
                    **({"problem": one.problem} if one.problem else {}),
                }
                for one in states
            },
        }

    async def _ask(self, name: str, settings: Settings) -> ProviderState:
        entry = settings.providers[name]
        begun = self._clock()
        version, models, problem = "", None, ""
        try:
            if name != settings.provider:
                await _listens(entry.base_url)
            provider = self._hub.providers.direct(name, settings)
            version = await asyncio.wait_for(provider.version(), _PATIENCE)
            if name == settings.provider:
                models = len(await asyncio.wait_for(provider.models(), _PATIENCE))
        except asyncio.TimeoutError:  # before OSError, which it is from Python 3.11 on
            problem = f"Nothing answers at {entry.base_url} in time."
        except OSError:
            problem = f"Nothing answers at {entry.base_url}."
        except ModelError as error:
            problem = str(error)
        if self._metrics is not None:
            self._metrics.providers.labels(name).set(0 if problem else 1)
        took = round((self._clock() - begun) * 1000)
        state: Literal["up", "down"] = "down" if problem else "up"
        return ProviderState(
            name, entry.kind, entry.base_url, state, version, took, models, problem
        )


async def _listens(url: str) -> None:
    """Raise OSError or asyncio.TimeoutError where nothing does.

    Most of the ready entries are for programs that do not run, and their client is a large import.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, port), _KNOCK)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
