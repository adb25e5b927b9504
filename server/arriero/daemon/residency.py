"""Keeps the models of the editors that are open in memory, and gets to know new ones.

When an editor opens, its model is loaded before it is asked anything. While an editor uses a model,
its time in memory is renewed. Once, when nothing runs, a model is probed. None of this is worth a
message to the person: what fails is in the log, and shows in the status.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from arriero.agent.model_profile import ModelProfiles
from arriero.daemon.activity import Activity, Sleep
from arriero.daemon.held_model import HeldModel, Means, Probe, Wish
from arriero.daemon.planning import plan_model
from arriero.daemon.providers import ProviderPool
from arriero.models.chain import wanted_models
from arriero.models.choice import choose_model, first_there
from arriero.models.errors import ModelError
from arriero.models.residency import Plans, Residence, full_name, seconds, server_of
from arriero.settings.model import Settings

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment

log = logging.getLogger(__name__)


@dataclass
class _Care:
    """What is done for one editor; `model` once it is known which one it uses."""

    wish: Wish
    model: HeldModel | None = None
    task: asyncio.Task[None] | None = None


class Residency:
    """One for a daemon. `sleep` takes seconds; `probe` None: models are not probed."""

    def __init__(
        self,
        pool: Callable[[], ProviderPool],
        plans: Plans,
        profiles: ModelProfiles,
        probe: Probe | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._means = Means(pool, plans, profiles, probe, sleep, Activity(sleep))
        self._cares: dict[Attachment, _Care] = {}
        self._models: dict[tuple[str, str], HeldModel] = {}
        self._keepers: dict[HeldModel, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def activity(self) -> Activity:
        """At which servers runs are at work."""
        return self._means.activity

    # -- what the daemon tells

    def look(self, attachment: Attachment) -> None:
        """An editor has come, or asks for another model: load it soon, unless a run is faster."""
        settings = attachment.settings
        if attachment.provider_name not in settings.providers:
            self.leave(attachment)
            return
        wish = _wish(attachment)
        care = self._cares.get(attachment)
        if care is not None and care.wish.same(wish):
            return
        self.leave(attachment)
        care = self._cares[attachment] = _Care(wish)
        care.task = self._spawn(lambda: self._arrive(attachment, care))

    def leave(self, attachment: Attachment) -> None:
        """An editor has gone: what is under way for it ends."""
        care = self._cares.pop(attachment, None)
        if care is not None:
            self._part(attachment, care)

    def run(self, settings: Settings, provider: str) -> AbstractContextManager[None]:
        """A run is at work with this provider while inside: a probe at its server ends at once."""
        entry = settings.providers.get(provider)
        return self._means.activity.run(server_of(entry) if entry is not None else provider)

    def used(self, attachment: Attachment, provider: str, model: str) -> None:
        """A run of this editor uses a model; from now on that is the editor's."""
        care = self._cares.get(attachment)
        if care is None or provider not in attachment.settings.providers:
            return
        wish = Wish(provider, (model,), attachment.settings)
        if care.model is not None and care.model is self._models.get(_key(wish, model)):
            return
        self._part(attachment, care)
        care.model = self._join(attachment, wish, model)
        care.task = self._spawn(care.model.learn)

    async def aclose(self) -> None:
        """End everything that is under way."""
        for attachment in list(self._cares):
            self.leave(attachment)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- what the status shows

    def known(self, attachment: Attachment) -> Residence:
        """Return what was last seen of the editor's model; asks nobody."""
        care = self._cares.get(attachment)
        if care is None or care.model is None:
            return Residence(attachment.provider_name, attachment.selected_model or "")
        return care.model.residence

    async def state(self, attachment: Attachment) -> Residence:
        """Ask the server, and return where the editor's model is; `unknown` if it cannot tell."""
        care = self._cares.get(attachment)
        model = care.model if care is not None else None
        if model is not None:
            try:
                await model.see()
            except ModelError as error:
                log.info("what is loaded is not known: %s (%s)", error, error.cause)
                model.seen = Residence(model.wish.provider, model.name)
        return self.known(attachment)

    # -- what is done

    async def _arrive(self, attachment: Attachment, care: _Care) -> None:
        """Load the model after a pause; a run that began meanwhile does it itself."""
        wish, window, activity = care.wish, care.wish.settings.window, self._means.activity
        if not wish.loads or not window.preload or seconds(window.keep_alive) == 0:
            return
        begun = activity.begun(wish.server)
        await self._means.sleep(window.preload_pause)
        if activity.busy(wish.server) or activity.begun(wish.server) != begun:
            return
        provider = self._means.pool().direct(wish.provider, wish.settings)
        if wish.models:
            name = await first_there(provider, wish.models)
        else:
            name = await choose_model(provider)
        details = await provider.show(name)

        def undisturbed() -> bool:
            return activity.begun(wish.server) == begun

        if not undisturbed():
            return
        plan = await plan_model(
            self._means.plans, provider, wish.entry, details, window, alone=undisturbed
        )
        care.model = self._join(attachment, wish, name)
        await care.model.preload(attachment, plan)
        await care.model.learn()

    def _join(self, attachment: Attachment, wish: Wish, name: str) -> HeldModel:
        key = _key(wish, name)
        model = self._models.get(key)
        if model is None:
            model = self._models[key] = HeldModel(name, wish, self._means)
            if wish.loads:
                self._keepers[model] = self._spawn(model.keep)
        model.wish = wish
        model.users.add(attachment)
        return model

    def _part(self, attachment: Attachment, care: _Care) -> None:
        """End what is under way for an editor; the last one of a model ends its renewing."""
        if care.task is not None:
            care.task.cancel()
        model, care.model = care.model, None
        if model is None:
            return
        model.users.discard(attachment)
        if not model.users:
            keeper = self._keepers.pop(model, None)
            if keeper is not None:
                keeper.cancel()
            self._models.pop(_key(model.wish, model.name), None)

    def _spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _wish(attachment: Attachment) -> Wish:
    """Return what the editor's next run asks for first."""
    settings, in_use = attachment.settings, attachment.provider_name
    chain = wanted_models(attachment.selected_model, settings.providers)
    provider = chain[0].provider or in_use
    first = takewhile(lambda one: (one.provider or in_use) == provider, chain)
    return Wish(provider, tuple(one.model for one in first if one.model), settings)


def _key(wish: Wish, name: str) -> tuple[str, str]:
    return wish.server, full_name(name)


async def _logged(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do something that nobody waits for; its failure is told to the log."""
    try:
        await work()
    except ModelError as error:
        log.info("a model is not preloaded: %s (%s)", error, error.cause)
    except Exception:
        log.exception("caring for a model failed")
