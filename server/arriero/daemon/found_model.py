"""Which model answers a run: the first wanted one that is there, with what is known of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from arriero.agent.model_profile import ModelProfile, digest_of
from arriero.agent.prompt_budget import Learn
from arriero.agent.token_profile import model_key
from arriero.agent.tokens import TokenEstimate
from arriero.agent.window import Window, planned_window
from arriero.daemon.planning import learner, plan_run
from arriero.daemon.surroundings import Surroundings
from arriero.models.chain import wanted_models
from arriero.models.choice import choose_model
from arriero.models.errors import ModelError
from arriero.models.residency import ModelPlan
from arriero.models.types import ModelDetails, Provider

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoundModel:
    """The model of a run, with what is known of it; `notices` are to be said of the others."""

    provider: Provider
    details: ModelDetails
    profile: ModelProfile
    estimate: TokenEstimate
    window: Window
    plan: ModelPlan
    learn: Learn
    notices: tuple[str, ...] = ()


async def find_model(around: Surroundings, *, begins: bool) -> FoundModel:
    parts = around.parts
    provider, details, notices = await _first_there(around)
    name = details.name
    digest = await digest_of(provider, name)
    key = model_key(provider.name, name, digest)
    plan = await plan_run(around, provider, details, begins=begins)
    return FoundModel(
        provider,
        details,
        await parts.model_profiles.get(key) or ModelProfile(key, digest),
        await parts.token_profiles.estimate(key),
        planned_window(plan),
        plan,
        learner(around, details, plan),
        notices,
    )


async def _first_there(
    around: Surroundings,
) -> tuple[Provider, ModelDetails, tuple[str, ...]]:
    """Return the first of the wanted models that is there, and what is to be said of the others.

    Raises the ModelError of the last.
    """
    settings = around.settings
    setting = around.request.model or around.session.model or settings.model
    chain = wanted_models(setting, settings.providers)
    failures: list[ModelError] = []
    for wanted in chain:
        try:
            provider = around.parts.provider(wanted.provider)
            default = wanted.model or settings.providers[provider.name].default_model
            details = await provider.show(await choose_model(provider, default))
        except ModelError as error:
            log.info("%s is not there: %s (%s)", wanted.model, error, error.cause)
            failures.append(error)
            continue
        told = tuple(f"{details.name} of {provider.name} answers instead: {e}" for e in failures)
        return provider, details, told
    raise failures[-1]
