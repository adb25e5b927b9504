"""Trying one provider from the first connection to the last question."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from arriero.agent.window import choose_window
from arriero.cli.trials.abilities import ABILITIES, Subject, Trial
from arriero.cli.trials.result import ProviderReport, Tried
from arriero.models.chain import names_at, wanted_models
from arriero.models.choice import choose_model, first_there
from arriero.models.errors import ModelError
from arriero.models.fitting import FittingWindows
from arriero.models.redirects import Redirected
from arriero.models.registry import AnyProvider, make_provider
from arriero.models.residency import Plans
from arriero.settings.model import Settings
from arriero.settings.paths import cache_dir
from arriero.within import within

_CONNECTS = 15.0  # seconds
_SILENT = "it did not answer in {seconds:.0f} s"


async def try_provider(
    settings: Settings, name: str, model: str | None, *, patience: float
) -> ProviderReport:
    """Try a provider of the settings and one of its models, or `model`; never raises ModelError.

    `patience`: seconds for each question, in which a model may have to be loaded.
    """
    entry = settings.providers[name]
    report = ProviderReport(name, entry.kind, entry.base_url)
    try:
        provider = make_provider(name, entry)
    except ModelError as error:
        return replace(report, problem=str(error))
    try:
        version = await within(provider.version(), _CONNECTS)
        listed = await within(provider.models(), patience)
        report = replace(report, version=version or "?", models=len(listed))
        subject = await within(_subject(settings, name, provider, model), patience)
        report = replace(report, model=subject.details.name)
        found = []
        for ability, trial in ABILITIES.items():
            found.append((ability, await _tried(trial, subject, patience)))
        return replace(report, abilities=tuple(found))
    except ModelError as error:
        return replace(report, problem=str(error), redirects=isinstance(error, Redirected))
    except asyncio.TimeoutError:
        return replace(report, problem="It does not answer; see whether the server is stuck.")
    finally:
        await provider.aclose()


async def _subject(
    settings: Settings, name: str, provider: AnyProvider, model: str | None
) -> Subject:
    """Return the model to try, with the options that runs use: so it is not loaded anew."""
    entry = settings.providers[name]
    own = names_at(name, wanted_models(settings.model, settings.providers), settings.provider)
    if own and not model:
        chosen = await first_there(provider, own)
    else:
        chosen = await choose_model(provider, model or entry.default_model)
    details = await provider.show(chosen)
    fitting = FittingWindows(cache_dir() / "windows.json")
    await fitting.open()
    plan = Plans(choose_window, fitting).plan(name, entry, details, settings.window)
    return Subject(provider, details, plan.runner)


async def _tried(trial: Trial, subject: Subject, patience: float) -> Tried:
    try:
        return await within(trial(subject), patience)
    except ModelError as error:
        return Tried("no", error.cause or str(error))
    except asyncio.TimeoutError:
        return Tried("unknown", _SILENT.format(seconds=patience))
