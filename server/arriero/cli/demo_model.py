"""The demo's model: the configured one if it can do the job, else the rehearsal."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from arriero.models.chain import Wanted, wanted_models
from arriero.models.choice import choose_model
from arriero.models.errors import ModelError
from arriero.models.registry import make_provider
from arriero.models.rehearsal.sample_script import SAMPLE_MODEL, sample_simulator
from arriero.settings.layers import load_settings
from arriero.settings.model import Settings
from arriero.within import within

_PATIENCE = 10.0  # seconds
_PACE = 0.01  # seconds between two pieces of the rehearsal's words: as fast as one reads


@dataclass(frozen=True)
class DemoModel:
    """A model, and the settings by which the daemon uses it."""

    description: str
    settings: Mapping[str, Any]


@contextlib.asynccontextmanager
async def find_model(name: str | None) -> AsyncIterator[DemoModel]:
    """Give a model for the demo; a rehearsal's server runs until the end."""
    given = {"model": name} if name else {}
    settings = load_settings(environment=os.environ, command_line=given).settings
    try:
        model, provider = await within(_usable(settings), _PATIENCE)
    except (ModelError, asyncio.TimeoutError) as error:
        reason = str(error) or f"{settings.provider} did not answer in time"
        async with _rehearsal(reason) as rehearsal:
            yield rehearsal
        return
    yield DemoModel(f"{model} of {provider}", {"model": f"{model}@{provider}"})


async def _usable(settings: Settings) -> tuple[str, str]:
    """Return the first model that can use tools, and its provider; raises the last ModelError."""
    *others, last = wanted_models(settings.model, settings.providers)
    for one in others:
        with contextlib.suppress(ModelError):
            return await _usable_at(settings, one)
    return await _usable_at(settings, last)


async def _usable_at(settings: Settings, wanted: Wanted) -> tuple[str, str]:
    name = wanted.provider or settings.provider
    entry = settings.providers[name]
    provider = make_provider(name, entry)
    try:
        await provider.version()
        model = wanted.model or await choose_model(provider, entry.default_model)
        if "tools" not in (await provider.show(model)).capabilities:
            raise ModelError(f"The model {model} cannot use tools.")
        return model, name
    finally:
        await provider.aclose()


@contextlib.asynccontextmanager
async def _rehearsal(reason: str) -> AsyncIterator[DemoModel]:
    async with sample_simulator(pace=_PACE) as simulator:
        yield DemoModel(
            f"the built-in rehearsal, whose words are scripted; all else is real. ({reason})",
            {
                "provider": "rehearsal",
                "model": SAMPLE_MODEL.name,
                "providers": {"rehearsal": {"kind": "ollama", "base_url": simulator.base_url}},
                # The script is ours, and so are its commands.
                "permissions": {"commands": "allow"},
            },
        )
