"""Which model completes for one connection, and how it is asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from arriero.daemon.planning import plan_model
from arriero.models.choice import choose_model
from arriero.models.errors import FillingUnsupported, ModelError, ModelNotFound
from arriero.models.gated import Gated
from arriero.models.residency import ModelPlan, Plans
from arriero.models.types import RunnerOptions
from arriero.settings.assistance import CompletionSettings
from arriero.settings.model import WindowSettings
from arriero.settings.provider import ProviderSettings

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.daemon.hub import Hub

Form = Literal["fill", "prompted"]

_AGAIN = 30.0  # seconds after a failure

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chosen:
    """A model, `form` says how it is asked; `plans` has the options that all requests send."""

    provider: Gated
    form: Form
    _plan: ModelPlan
    _entry: ProviderSettings
    _plans: Plans

    @property
    def model(self) -> str:
        """Its name."""
        return self._plan.model

    @property
    def runner(self) -> RunnerOptions:
        """The options of now: with others the model would be loaded anew."""
        return self._now.runner

    @property
    def window(self) -> int:
        """Its window in tokens, 0 where that is not known."""
        return self._now.window

    @property
    def _now(self) -> ModelPlan:
        return self._plans.get(self._entry, self.model) or self._plan


@dataclass(frozen=True)
class _Wish:
    """All that the choice depends on; `used` is the model that the editor's runs use, if known."""

    provider: str
    entry: ProviderSettings | None
    used: str
    completion: CompletionSettings
    window: WindowSettings


class CompletionModel:
    """Chooses when it is first asked, when the settings change, and a while after a failure.

    `now` tells seconds that never go back. `problem` is a sentence on why there is none.
    """

    def __init__(self, hub: Hub, now: Callable[[], float] = time.monotonic) -> None:
        self.problem = ""
        self._hub = hub
        self._now = now
        self._wish: _Wish | None = None
        self._chosen: Chosen | None = None
        self._in_words: _Wish | None = None  # under which a server did not fill as expected
        self._not_before = 0.0
        self._said: set[str] = set()

    @property
    def chosen(self) -> Chosen | None:
        """The model that was chosen last."""
        return self._chosen

    async def get(self, attachment: Attachment) -> Chosen | None:
        """Return the model, None where there is none; the reason is said once, if it is news."""
        wish = self._wished(attachment)
        if wish == self._wish and (self._chosen is not None or self._now() < self._not_before):
            return self._chosen
        self._wish, self._chosen, self.problem = wish, None, ""
        try:
            self._chosen = await self._choose(attachment, wish)
        except ModelError as error:
            await self.failed(attachment, error)
        return self._chosen

    async def failed(self, attachment: Attachment, error: ModelError) -> None:
        """A model could not be chosen or asked: it is left alone for a while.

        What somebody wished for and cannot have is said to the person once, all else in the
        status.
        """
        log.info("no completion: %s (%s)", error, error.cause)
        filled = self._chosen is not None and self._chosen.form == "fill"
        self._chosen, self.problem = None, str(error)
        if filled and isinstance(error, FillingUnsupported) and self._may_be_prompted:
            self._in_words, self._not_before, self.problem = self._wish, 0.0, ""
            return
        self._not_before = self._now() + _AGAIN
        named = self._wish is not None and bool(self._wish.completion.model)
        missing = isinstance(error, (ModelNotFound, FillingUnsupported))
        if named and missing and self.problem not in self._said:
            self._said.add(self.problem)
            await attachment.editor.message("warning", self.problem)
        attachment.changed()

    @property
    def _may_be_prompted(self) -> bool:
        return self._wish is not None and self._wish.completion.prompted

    def _wished(self, attachment: Attachment) -> _Wish:
        settings = attachment.settings
        provider = settings.completion.provider or attachment.provider_name
        used = "" if settings.completion.provider else self._hub.residency.known(attachment).model
        return _Wish(
            provider,
            settings.providers.get(provider),
            used,
            settings.completion,
            settings.window,
        )

    async def _choose(self, attachment: Attachment, wish: _Wish) -> Chosen:
        provider = self._hub.providers.get(wish.provider, attachment.settings, "completion")
        assert wish.entry is not None, "the pool refuses a provider without an entry"
        named = wish.completion.model or wish.used
        name = named or await choose_model(provider, wish.entry.default_model)
        details = await provider.show(name)
        if provider.can_fill(details) and wish != self._in_words:
            form: Form = "fill"
        elif wish.completion.prompted and "completion" in details.capabilities:
            form = "prompted"
        else:
            raise FillingUnsupported(
                f"{name} cannot complete in the middle of a text: set `completion.model` to one "
                "that can, or `completion.prompted` to true."
            )
        plan = self._hub.plans.get(wish.entry, name) or await plan_model(
            self._hub.plans,
            provider,
            wish.entry,
            details,
            wish.window,
            alone=lambda: not self._hub.runs.all,
        )
        log.info("%s completes (%s)", name, form)
        attachment.changed()
        return Chosen(provider, form, plan, wish.entry, self._hub.plans)
