"""Chooses a model where none is named."""

from __future__ import annotations

import logging

from arriero.models.errors import ModelError, ModelNotFound
from arriero.models.ollama.refusals import RECOMMENDED_MODEL
from arriero.models.types import Provider

_MOST_ASKED = 30

_log = logging.getLogger(__name__)


async def choose_model(provider: Provider, default: str | None = None) -> str:
    """Return the default if there is one, else a model that can use tools.

    One that is in memory goes first, then the provider's own order. What `show` tells of a model
    decides: listings may leave capabilities out.

    Raises `ModelNotFound` when no model can use tools; its text says which one to fetch.
    """
    if default:
        return default
    loaded = [model.name for model in await provider.loaded()]
    listed = [model.name for model in await provider.models()]
    for name in list(dict.fromkeys([*loaded, *listed]))[:_MOST_ASKED]:
        if await _can_use_tools(provider, name):
            return name
    problem = "has no model that can use tools" if listed else "has no model yet"
    raise ModelNotFound(
        f"The provider {provider.name} {problem}: fetch one with `ollama pull {RECOMMENDED_MODEL}`."
    )


async def _can_use_tools(provider: Provider, name: str) -> bool:
    try:
        details = await provider.show(name)
    except ModelError as error:
        # One that cannot be described, such as a broken one, is no reason to give up the others.
        _log.info("the model %s cannot be described: %s", name, error)
        return False
    return "tools" in details.capabilities
