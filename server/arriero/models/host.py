"""One of several hosts behind a name: whether it can be asked, and what it is known to have."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from arriero.models.embedding import Embedder
from arriero.models.errors import ModelError, ProviderUnavailable
from arriero.models.filling import Filler
from arriero.models.types import ChatRequest, Chunk, Provider, PullProgress
from arriero.within import within

FIRST_PAUSE = 1.0  # seconds; doubled with every further failure
LONGEST_PAUSE = 60.0
_CHECK_TIMEOUT = 3.0
# What a host has in memory changes with every request, also those of others.
_KNOWN_FOR = 10.0

_log = logging.getLogger(__name__)


class HostProvider(Provider, Embedder, Filler, Protocol):
    """A provider of one address."""

    @property
    def base_url(self) -> str:
        """The server's address."""

    def chat(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        """Stream one answer."""

    def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        """Fetch a model."""

    def remedy(self) -> str:
        """Return how to get a model: the end of a sentence."""


@dataclass(eq=False)
class Host:
    """A host, its requests in flight, and what was learned from using it.

    `clock` tells seconds that never go back. `trouble` is what its last failure was, for the log.
    A host that failed is set aside for a pause that
    grows with each failure; after that it is due for a check.
    """

    provider: HostProvider
    clock: Callable[[], float]
    in_flight: int = 0
    trouble: str = ""
    _failures: int = 0
    _back_at: float = 0.0
    _asked_at: float | None = None
    _listed: frozenset[str] | None = None
    _loaded: frozenset[str] = field(default_factory=frozenset)

    @property
    def address(self) -> str:
        """Where it is."""
        return self.provider.base_url

    @property
    def healthy(self) -> bool:
        """Whether nothing is known against it."""
        return not self._failures

    @property
    def due(self) -> bool:
        """Whether it failed, and its pause is over."""
        return bool(self._failures) and self.clock() >= self._back_at

    def failed(self, error: ModelError) -> None:
        """Set it aside."""
        pause = min(FIRST_PAUSE * 2.0 ** min(self._failures, 16), LONGEST_PAUSE)
        self._failures += 1
        self._back_at = self.clock() + pause
        self._asked_at = None
        self.trouble = error.cause or str(error)
        _log.info("%s is set aside for %g s: %s", self.address, pause, self.trouble)

    def answered(self) -> None:
        """Take it back."""
        self._failures = 0

    async def check(self) -> bool:
        """Ask for the version; what comes decides whether it is healthy."""
        try:
            await within(self.provider.version(), _CHECK_TIMEOUT)
        except asyncio.TimeoutError:
            self.failed(ProviderUnavailable("", cause="no answer to a check in time"))
        except ModelError as error:
            self.failed(error)
        else:
            self.answered()
        return self.healthy

    async def learn(self) -> None:
        """Ask which models it has and which are in memory, unless that is known.

        A host that is silent is busy; one that refuses is set aside.
        """
        if self._asked_at is not None and self.clock() < self._asked_at + _KNOWN_FOR:
            return
        try:
            await within(self._ask(), _CHECK_TIMEOUT)
        except ProviderUnavailable as error:
            self.failed(error)
        except (ModelError, asyncio.TimeoutError) as error:
            _log.info("%s does not tell its models: %r", self.address, error)
            self._listed, self._asked_at = None, self.clock()

    def has(self, model: str) -> bool:
        """Whether it lists the model, as far as is known."""
        return self._listed is not None and _plain(model) in self._listed

    def holds(self, model: str) -> bool:
        """Whether the model is in its memory, as far as is known."""
        return _plain(model) in self._loaded

    async def _ask(self) -> None:
        loaded = await self.provider.loaded()
        listed = await self.provider.models()
        self._loaded = frozenset(_plain(model.name) for model in loaded)
        self._listed = frozenset(_plain(model.name) for model in listed)
        self._asked_at = self.clock()


def _plain(model: str) -> str:
    return model.removesuffix(":latest")
