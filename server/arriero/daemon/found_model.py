"""Which model answers a run: the first wanted one that is there, with what is known of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.agent.model_profile import ModelProfile, digest_of
from arriero.agent.prompt_budget import Learn
from arriero.agent.token_profile import model_key
from arriero.agent.tokens import TokenEstimate
from arriero.agent.window import Window, planned_window
from arriero.daemon.planning import learner, plan_run
from arriero.daemon.surroundings import Surroundings
from arriero.models.chain import Wanted, in_time, spent, wanted_models
from arriero.models.choice import choose_model
from arriero.models.errors import ModelError
from arriero.models.residency import ModelPlan
from arriero.models.types import ModelDetails, Provider

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoundModel:
    """The model of a run, with what is known of it; `notices` are to be said of the others.

    `left` are those that are wanted after it.
    """

    provider: Provider
    details: ModelDetails
    profile: ModelProfile
    estimate: TokenEstimate
    window: Window
    plan: ModelPlan
    learn: Learn
    notices: tuple[str, ...] = ()
    left: tuple[Wanted, ...] = ()


async def find_model(around: Surroundings, *, begins: bool) -> FoundModel:
    """Return the first model that is there; raises the ModelError of the last."""
    setting = around.request.model or around.session.model or around.settings.model
    chain = wanted_models(setting, around.settings.providers)
    return await _found(around, chain, begins=begins)


async def following_model(around: Surroundings, failed: FoundModel) -> FoundModel | None:
    """Return the next of the chain that is there, None if none is."""
    if not failed.left:
        return None
    try:
        return await _found(around, failed.left, begins=False)
    except ModelError as error:
        log.info("no other model of the chain is there: %s (%s)", error, error.cause)
        return None


async def _found(around: Surroundings, chain: Sequence[Wanted], *, begins: bool) -> FoundModel:
    parts = around.parts
    provider, details, notices, left = await _first_there(around, chain)
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
        left,
    )


async def _first_there(
    around: Surroundings, chain: Sequence[Wanted]
) -> tuple[Provider, ModelDetails, tuple[str, ...], tuple[Wanted, ...]]:
    """Return the first of the wanted models that is there.

    With it what is to be said of those before, and those that are left. Raises the ModelError of
    the last.
    """
    settings = around.settings
    failures: list[ModelError] = []
    for number, wanted in enumerate(chain, 1):
        try:
            provider = around.parts.provider(wanted.provider)
            default = wanted.model or settings.providers[provider.name].default_model
            details = await in_time(_details(provider, default), wanted, last=number == len(chain))
        except ModelError as error:
            log.info("%s is not there: %s (%s)", wanted.model, error, error.cause)
            failures.append(error)
            continue
        told = tuple(f"{details.name} of {provider.name} answers instead: {e}" for e in failures)
        return provider, details, told, tuple(chain[number:])
    raise spent(failures[-1], failures)


async def _details(provider: Provider, default: str | None) -> ModelDetails:
    return await provider.show(await choose_model(provider, default))
