"""What `/health` tells: this gateway, what keeps its sessions, and each provider."""

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
from arriero.gateway.conversations import Shelf, ShelfFailed
from arriero.gateway.metrics import Metrics
from arriero.models.errors import ModelError
from arriero.settings.model import Settings
from arriero.within import within

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


@dataclass(frozen=True)
class SessionsState:
    """How what keeps the sessions was found; `problem` is as a provider's."""

    kind: str
    problem: str = ""

    @property
    def state(self) -> Literal["up", "down"]:
        """Whether it can be used."""
        return "down" if self.problem else "up"


_Found = tuple[list[ProviderState], SessionsState | None]


class Health:
    """Asks the providers and the shelf, at most every few seconds however many ask us."""

    def __init__(
        self,
        hub: Hub,
        settings: Callable[[], Settings],
        metrics: Metrics | None = None,
        *,
        shelf: Shelf | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._settings = settings
        self._metrics = metrics
        self._shelf = shelf
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._known: tuple[Settings, float, _Found] | None = None

    async def providers(self) -> list[ProviderState]:
        """Return the state of each provider, the one in use first."""
        return (await self._found())[0]

    async def sessions(self) -> SessionsState | None:
        """Return the state of what keeps the sessions, None where nobody said what does."""
        return (await self._found())[1]

    async def state(self) -> dict[str, Any]:
        """Return the answer to `/health`.

        `ok` if all that a request may need answers, `degraded` without the provider in use, and
        `down` without what keeps the sessions: another gateway may do better then.
        """
        states, sessions = await self._found()
        status = "ok" if states[0].state == "up" else "degraded"
        kept = {}
        if sessions is not None:
            kept["sessions"] = {"status": sessions.state, "kind": sessions.kind}
            if sessions.problem:
                kept["sessions"]["problem"] = sessions.problem
                status = "down"
        return {
            "status": status,
            "version": __version__,
            **kept,
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

    async def _found(self) -> _Found:
        async with self._one_at_a_time:
            settings, now = self._settings(), self._clock()
            if self._known is not None:
                asked, at, found = self._known
                if asked is settings and now - at < _FRESH:
                    return found
            names = sorted(settings.providers, key=lambda name: (name != settings.provider, name))
            states, sessions = await asyncio.gather(
                asyncio.gather(*(self._ask(name, settings) for name in names)), self._look()
            )
            self._known = settings, self._clock(), (states, sessions)
            return states, sessions

    async def _look(self) -> SessionsState | None:
        if self._shelf is None:
            return None
        try:
            await within(self._shelf.check(), _PATIENCE)
        except asyncio.TimeoutError:
            told = f"What keeps the sessions ({self._shelf.kind}) does not answer in time."
            return SessionsState(self._shelf.kind, told)
        except ShelfFailed as error:
            return SessionsState(self._shelf.kind, str(error))
        return SessionsState(self._shelf.kind)

    async def _ask(self, name: str, settings: Settings) -> ProviderState:
        entry = settings.providers[name]
        begun = self._clock()
        version, models, problem = "", None, ""
        try:
            if name != settings.provider:
                await _listens(entry.base_url)
            provider = self._hub.providers.direct(name, settings)
            version = await within(provider.version(), _PATIENCE)
            if name == settings.provider:
                models = len(await within(provider.models(), _PATIENCE))
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
    _, writer = await within(asyncio.open_connection(parts.hostname, port), _KNOCK)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
