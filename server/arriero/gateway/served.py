"""The models that the gateway serves: which provider has one, and with which options it is used."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from arriero.agent.model_profile import ModelProfile, digest_of
from arriero.agent.token_profile import model_key
from arriero.agent.tokens import TokenEstimate
from arriero.daemon.hub import Hub
from arriero.daemon.planning import plan_model
from arriero.gateway.keeping import kept_longer
from arriero.gateway.names import wanted
from arriero.gateway.succession import Aside, Succession
from arriero.models.chain import Wanted
from arriero.models.choice import choose_model
from arriero.models.errors import ModelError
from arriero.models.gated import Gated
from arriero.models.residency import ModelPlan
from arriero.models.types import ModelDetails, ModelInfo, RunnerOptions
from arriero.settings.model import Settings
from arriero.settings.provider import ProviderSettings

_FRESH_SECONDS = 30.0
_MOST_KNOWN = 256

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """A model that requests can be sent to. `provider` keeps to its turn at the server."""

    provider: Gated
    entry: ProviderSettings
    details: ModelDetails
    plan: ModelPlan
    profile: ModelProfile

    @property
    def model(self) -> str:
        """The name under which the provider knows it."""
        return self.details.name

    @property
    def window(self) -> int:
        """Its window in tokens; 0 where nobody tells it."""
        return self.plan.window

    @property
    def runner(self) -> RunnerOptions:
        """The options with which everything uses it."""
        return self.plan.runner

    def runner_for(self, keep_alive: str | int | None) -> RunnerOptions:
        """Return the options for a request whose client says how long the model stays."""
        return kept_longer(self.runner, keep_alive) if self.entry.kind == "ollama" else self.runner


class ServedModels:
    """Finds models by what clients call them (`names`).

    What is known of a model is asked for again from time to time, beside the requests: they do not
    wait for it. `settings` are those of the moment.
    """

    def __init__(
        self,
        hub: Hub,
        settings: Callable[[], Settings],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._settings = settings
        self._clock = clock
        self._known: dict[Wanted, tuple[Served, float]] = {}
        self._chains: dict[str, tuple[Wanted, ...]] = {}  # by what clients call them
        self._looking: dict[Wanted, asyncio.Task[None]] = {}
        self._first: WeakValueDictionary[Wanted, asyncio.Lock] = WeakValueDictionary()
        self._aside = Aside(clock)

    async def find(self, name: str) -> Served:
        """Return the first model of a name that is there; raises the ModelError of the last."""
        return (await self.succession(name)).served

    async def succession(self, name: str) -> Succession:
        """Return the models that may answer, the first that is there found.

        Raises the ModelError of the last.
        """
        chain = self._chains.get(name)
        if chain is None:
            chain = wanted(name, self._settings())
            if len(self._chains) >= _MOST_KNOWN:
                self._chains.clear()
            self._chains[name] = chain
        found = Succession(self._one, chain, self._aside)
        await found.begin()
        return found

    async def all(self) -> list[tuple[str, ModelInfo]]:
        """Return the models of the provider in use, with its name; raises ModelError.

        Those of other providers are not listed, as most of them do not run; `provider/name` finds
        them all the same.
        """
        settings = self._settings()
        provider = self._hub.providers.get(settings.provider, settings)
        return [(provider.name, one) for one in await provider.models()]

    async def estimate(self, name: str) -> TokenEstimate:
        """Return what was learned of a model's tokens; raises ModelError."""
        return await self._hub.profiles.estimate((await self.find(name)).profile.key)

    def forget(self) -> None:
        """Ask for everything anew, such as after the settings changed."""
        self._known.clear()
        self._chains.clear()

    async def aclose(self) -> None:
        """End what goes on beside the requests."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _one(self, one: Wanted) -> Served:
        known = self._known.get(one)
        if known is None:  # many may ask at once: one of them looks
            async with self._first.setdefault(one, asyncio.Lock()):
                known = self._known.get(one)
                if known is None:
                    return await self._look(one)
        served, at = known
        if self._clock() - at > _FRESH_SECONDS and one not in self._looking:
            task = asyncio.create_task(self._look_again(one))
            self._looking[one] = task
            task.add_done_callback(lambda _: self._looking.pop(one, None))
        return served

    async def _look_again(self, one: Wanted) -> None:
        try:
            await self._look(one)
        except ModelError as error:
            log.info("%s is not served any more: %s (%s)", one.model, error, error.cause)
            self._known.pop(one, None)

    async def _look(self, one: Wanted) -> Served:
        settings = self._settings()
        provider = self._hub.providers.get(one.provider or settings.provider, settings)
        model = one.model or await choose_model(provider)
        entry = settings.providers[provider.name]
        details = await provider.show(model)
        digest = await digest_of(provider, model)
        key = model_key(provider.name, model, digest)
        plan = await plan_model(
            self._hub.plans,
            provider,
            entry,
            details,
            settings.window,
            alone=lambda: not self._hub.runs.all,
        )
        profile = await self._hub.model_profiles.get(key) or ModelProfile(key, digest)
        served = Served(provider, entry, details, plan, profile)
        if len(self._known) >= _MOST_KNOWN:
            self._known.pop(next(iter(self._known)))
        self._known[one] = (served, self._clock())
        return served
