"""With which window a model is used: the smaller one that was learned, when that disturbs nobody.

A model that is loaded with another window reads everything anew, so one that is in use keeps its
window until a session begins while nothing else runs, or until it has to be loaded anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from arriero.agent.prompt_budget import Learn
from arriero.agent.window import Window, fitting_window
from arriero.daemon.surroundings import Surroundings
from arriero.models.errors import ModelError
from arriero.models.residency import ModelPlan, Plans, find
from arriero.models.types import ModelDetails, Provider
from arriero.settings.model import WindowSettings
from arriero.settings.provider import ProviderSettings

log = logging.getLogger(__name__)


async def plan_model(
    plans: Plans,
    provider: Provider,
    entry: ProviderSettings,
    details: ModelDetails,
    window: WindowSettings,
    *,
    alone: Callable[[], bool],
    begins: bool = False,
) -> ModelPlan:
    """Return the plan with which a model is used from now on.

    `alone` tells whether nothing else uses it; `begins`: it is for a new session. What was learned
    of a model whose window the user sets is forgotten.
    """
    if window.num_ctx is not None:
        await plans.forget(entry, details)
    wished = plans.shrinks(entry, details, window) and (
        begins or not await _in_memory(provider, details.name)
    )
    # Asked last: while it was looked what is in memory, a run may have begun.
    may_shrink = wished and alone()
    return plans.plan(provider.name, entry, details, window, may_shrink=may_shrink)


async def plan_run(
    around: Surroundings, provider: Provider, details: ModelDetails, *, begins: bool
) -> ModelPlan:
    """Return the plan for a run; `begins`: it is the first of its session."""

    def alone() -> bool:
        runs = around.parts.runs.all
        return all(run is around.run or run.state != "running" for run in runs)

    return await plan_model(
        around.parts.plans,
        provider,
        around.settings.providers[provider.name],
        details,
        around.settings.window,
        alone=alone,
        begins=begins,
    )


def learner(around: Surroundings, details: ModelDetails, plan: ModelPlan) -> Learn:
    """Return what finds and remembers the window with which a model fits that has spilled.

    It answers None where there is none, and where the window is somebody's wish.
    """
    plans, entry = around.parts.plans, around.settings.providers[plan.provider]

    async def learn(actual: Window) -> int | None:
        if plan.source != "default" or actual.size > plan.window:
            return None
        fitting = fitting_window(actual, details.cache_bytes_per_token)
        return None if fitting is None else await plans.learn(entry, details, fitting)

    return learn


async def _in_memory(provider: Provider, model: str) -> bool:
    """Tell whether the model is loaded; one of which that is not known is."""
    try:
        return find(await provider.loaded(), model) is not None
    except ModelError as error:
        log.info("what is loaded is not known: %s (%s)", error, error.cause)
        return True
