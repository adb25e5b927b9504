"""One model at one server, used by some editors: loaded for them, kept in memory, learned about."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from arriero.agent.model_profile import ModelProfile, ModelProfiles, digest_of
from arriero.agent.token_profile import model_key
from arriero.daemon.activity import Activity, Sleep
from arriero.daemon.providers import ProviderPool
from arriero.models.errors import ModelError
from arriero.models.priority import Yielded
from arriero.models.residency import (
    ModelPlan,
    Plans,
    Residence,
    find,
    fits,
    load,
    residence,
    seconds,
    server_of,
)
from arriero.models.types import LoadedModel, Provider, RunnerOptions
from arriero.settings.model import Settings
from arriero.settings.provider import ProviderSettings

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment

# Seconds between two renewals. Ollama counts from the newest request, and one of another program
# that names no time gives the model five minutes only.
_LEAST_INTERVAL = 1.0
_LONGEST_INTERVAL = 240.0

log = logging.getLogger(__name__)


class Probe(Protocol):
    """Finds out how a model calls tools; see `agent.probe`."""

    def __call__(
        self,
        provider: Provider,
        model: str,
        *,
        runner: RunnerOptions,
        digest: str,
        say: Callable[[str], Awaitable[None]],
    ) -> Coroutine[Any, Any, ModelProfile]:
        """Ask the model; raises ModelError."""


@dataclass(frozen=True)
class Means:
    """What it takes to care for models. `sleep` takes seconds; without `probe` none is probed."""

    pool: Callable[[], ProviderPool]
    plans: Plans
    profiles: ModelProfiles
    probe: Probe | None
    sleep: Sleep
    activity: Activity


@dataclass(frozen=True)
class Wish:
    """What an editor's settings ask for: the first of `models` that is there.

    Without any Arriero chooses.
    """

    provider: str
    models: tuple[str, ...]
    settings: Settings

    @property
    def entry(self) -> ProviderSettings:
        """The settings of the provider."""
        return self.settings.providers[self.provider]

    @property
    def server(self) -> str:
        """The host and port of the provider."""
        return server_of(self.entry)

    @property
    def loads(self) -> bool:
        """Whether the server has requests that load a model and renew its time."""
        return self.entry.kind == "ollama"

    def same(self, other: Wish) -> bool:
        """Tell whether nothing differs that matters to a model's residency."""
        one, two = (
            (w.provider, w.models, w.entry, w.settings.window, w.settings.agent.probe)
            for w in (self, other)
        )
        return one == two


class HeldModel:
    """`wish` is that of the newest of its `users`, `seen` what its server told last."""

    def __init__(self, name: str, wish: Wish, means: Means) -> None:
        self.name = name
        self.wish = wish
        self.users: set[Attachment] = set()
        self.seen = Residence(wish.provider, name)
        self._means = means
        self._one_at_a_time = asyncio.Lock()
        self._loading = False
        self._learned = False

    @property
    def residence(self) -> Residence:
        """Where the model was last seen."""
        return Residence(self.seen.provider, self.name, "loading") if self._loading else self.seen

    async def see(self) -> LoadedModel | None:
        """Ask the server whether the model is in memory, and keep the answer; raises ModelError."""
        there = find(await self._provider().loaded(), self.name)
        if self.wish.loads:
            self.seen = residence(self.wish.provider, self.name, there, self._plan())
        return there

    async def preload(self, attachment: Attachment, plan: ModelPlan) -> None:
        """Load the model unless it is as planned; that editor sees it, and can cancel it."""
        async with self._one_at_a_time:
            there = await self.see()
            if there is not None and fits(there, plan):
                return
            loading = asyncio.ensure_future(load(self._provider(), plan))
            progress = attachment.editor.progress(f"Arriero: loading {self.name}", loading.cancel)
            self._set_loading(True)
            try:
                await loading
                await self.see()
            finally:
                loading.cancel()
                progress.end()
                self._set_loading(False)

    async def keep(self) -> None:
        """Renew the model's time in memory for ever; what somebody unloaded stays unloaded."""
        while True:
            await self._means.sleep(self._interval())
            plan = self._plan()
            if plan is None or seconds(plan.runner.keep_alive) == 0:
                continue
            try:
                there = await self.see()
                if there is not None and fits(there, plan):
                    await load(self._provider(), plan)
            except ModelError as error:
                log.info("%s is not kept in memory: %s (%s)", self.name, error, error.cause)

    async def learn(self) -> None:
        """Probe the model, once, if it has no profile; waits until no run is at its server."""
        settings, activity = self.wish.settings.agent, self._means.activity
        if not settings.probe or self._means.probe is None:
            return
        while not self._learned:
            await activity.quiet(self.wish.server, settings.probe_idle)
            try:
                await activity.undisturbed(self.wish.server, self._learn(self._means.probe))
            except Yielded:
                log.debug("probing %s is put off", self.name)

    async def _learn(self, probe: Probe) -> None:
        async with self._one_at_a_time:
            plan = self._plan()
            if self._learned or plan is None:
                return
            try:
                await self._make_profile(probe, plan)
            except Yielded:
                raise
            except ModelError as error:
                log.info("%s cannot be probed: %s (%s)", self.name, error, error.cause)
            self._learned = True

    async def _make_profile(self, probe: Probe, plan: ModelPlan) -> None:
        provider = self._means.pool().get(self.wish.provider, self.wish.settings, "embeddings")
        digest = await digest_of(provider, self.name)
        key = model_key(provider.name, self.name, digest)
        known = await self._means.profiles.get(key)
        if known is not None and (known.probed_at > 0 or known.rung is not None):
            return
        if self.wish.loads:
            there = await self.see()
            if there is None or not fits(there, plan):
                return  # somebody unloaded it, or wants it otherwise: it is not ours to load
        log.info("probing %s", self.name)
        made = await probe(provider, self.name, runner=plan.runner, digest=digest, say=_to_log)
        if known is not None:
            made = replace(made, edit_format=known.edit_format)  # runs learned it, probes do not
        await self._means.profiles.save(made)

    def _interval(self) -> float:
        kept = seconds(self.wish.settings.window.keep_alive)
        return min(max(kept / 2, _LEAST_INTERVAL), _LONGEST_INTERVAL)

    def _plan(self) -> ModelPlan | None:
        return self._means.plans.get(self.wish.entry, self.name)

    def _provider(self) -> Provider:
        return self._means.pool().direct(self.wish.provider, self.wish.settings)

    def _set_loading(self, loading: bool) -> None:
        self._loading = loading
        for user in self.users:
            user.changed()


async def _to_log(sentence: str) -> None:
    log.info("probing: %s", sentence)
