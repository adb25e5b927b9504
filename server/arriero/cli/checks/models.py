"""The model servers and the models that a run would use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from arriero.cli.checks.finding import Finding
from arriero.models.chain import names_at, wanted_models
from arriero.models.choice import choose_model
from arriero.models.errors import ModelError
from arriero.models.openai.servers import named
from arriero.models.registry import make_provider
from arriero.models.types import LoadedModel, ModelDetails, Provider
from arriero.settings.model import Settings
from arriero.settings.provider import ProviderSettings
from arriero.within import within

PATIENCE = 15.0  # seconds for each question
# Below this an agent's prompt, the files it reads and its answers crowd each other out.
_SMALL_WINDOW = 16_384


async def models(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the models that are wanted, at their providers.

    What follows from a failure is left out. Where a run has another model of the chain to use, it
    is a warning.
    """
    chain = wanted_models(settings.model, settings.providers)
    providers = dict.fromkeys(one.provider or settings.provider for one in chain)
    found: list[Finding] = []
    for name in providers:
        wanted = names_at(name, chain, settings.provider)
        there = settings.model_copy(update={"provider": name})
        found += [finding async for finding in _provider(there, wanted)]
    works = any(one.name == "model" and one.state != "fail" for one in found)
    for finding in found:
        failed = works and finding.state == "fail"
        yield replace(finding, state="warn") if failed else finding


async def _provider(settings: Settings, wanted: Sequence[str]) -> AsyncIterator[Finding]:
    name = settings.provider
    try:
        provider = make_provider(name, settings.selected)
    except ModelError as error:
        yield Finding("provider", "fail", str(error), "Change the settings as it says.")
        return
    try:
        async for finding in _with(provider, settings, wanted):
            yield finding
    finally:
        await provider.aclose()


async def _with(
    provider: Provider, settings: Settings, wanted: Sequence[str]
) -> AsyncIterator[Finding]:
    address = settings.selected.base_url
    try:
        version = await within(provider.version(), PATIENCE)
        count = len(await within(provider.models(), PATIENCE))
    except ModelError as error:
        yield Finding("provider", "fail", f"{provider.name} at {address}", str(error))
        return
    except asyncio.TimeoutError:
        mend = "See whether the server is stuck, and restart it."
        yield Finding("provider", "fail", f"{provider.name} at {address} is silent", mend)
        return
    dead = await _dead_hosts(settings)
    entry = settings.selected
    alive = [one for one in dict.fromkeys((address, *entry.hosts)) if one not in dead]
    models = "1 model" if count == 1 else f"{count} models"
    text = f"{provider.name} {version} at {', '.join(alive)}, {models}"
    if dead:
        mend = f"Start the server there, or take it out of `providers.{settings.provider}`."
        yield Finding("provider", "warn", f"{text}; no answer at {', '.join(dead)}", mend)
    else:
        yield Finding("provider", "ok", text)
    for one in wanted or (None,):
        async for finding in _model(provider, settings, one):
            yield finding


async def _dead_hosts(settings: Settings) -> list[str]:
    """Return the addresses of the provider that do not answer, where it has several."""
    entry = settings.selected
    if not entry.hosts:
        return []
    addresses = list(dict.fromkeys((entry.base_url, *entry.hosts)))
    answers = await asyncio.gather(
        *(
            _answers(settings.provider, entry.model_copy(update={"base_url": one, "hosts": ()}))
            for one in addresses
        )
    )
    return [one for one, answered in zip(addresses, answers, strict=True) if not answered]


async def _answers(name: str, entry: ProviderSettings) -> bool:
    provider = make_provider(name, entry)
    try:
        await within(provider.version(), PATIENCE)
    except (ModelError, asyncio.TimeoutError):
        return False
    finally:
        await provider.aclose()
    return True


async def _model(
    provider: Provider, settings: Settings, wanted: str | None
) -> AsyncIterator[Finding]:
    try:
        name = wanted
        if name is None:
            default = settings.selected.default_model
            name = await within(choose_model(provider, default), PATIENCE)
        details = await within(provider.show(name), PATIENCE)
        loaded = await within(provider.loaded(), PATIENCE)
    except ModelError as error:
        yield Finding("model", "fail", "no model to use", str(error))
        return
    except asyncio.TimeoutError:
        yield Finding("model", "fail", "the server is silent", "Restart the model server.")
        return
    can = ", ".join(sorted(details.capabilities)) or "nothing it tells of"
    if "tools" not in details.capabilities:
        mend = "It works, but one made for tools does better: `arriero models pull qwen3`."
        yield Finding("model", "warn", f"{name} ({can}): its tools are put in the prompt", mend)
    else:
        yield Finding("model", "ok", f"{name} ({can})")
    yield _window(name, details, settings, next((m for m in loaded if m.name == name), None))


def _window(
    name: str, details: ModelDetails, settings: Settings, loaded: LoadedModel | None
) -> Finding:
    """What is known of the context window; the real one only of a loaded model."""
    if loaded is not None and loaded.size_vram < loaded.size:
        share = 100 * loaded.size_vram // max(1, loaded.size)
        text = f"{loaded.window:,} tokens; only {share} % of {name} fit the graphics memory"
        return Finding("window", "warn", text, "Set window.num_ctx lower, or take a smaller model.")
    window = loaded.window if loaded else settings.window.num_ctx or details.configured_window
    if window is None:
        trained = f", {details.trained_window:,} at most" if details.trained_window else ""
        return Finding("window", "ok", f"chosen by the server when {name} loads{trained}")
    if window < _SMALL_WINDOW:
        mend = f"Set window.num_ctx to {_SMALL_WINDOW} or more if the memory allows."
        if settings.selected.kind != "ollama":  # only Ollama lets a request say it
            widen = named(settings.provider).widen
            mend = f"If the memory allows, {widen}: {_SMALL_WINDOW} tokens or more."
        return Finding("window", "warn", f"{window:,} tokens, which is little", mend)
    return Finding("window", "ok", f"{window:,} tokens")
