"""Chooses a model where none is named."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from arriero.models.chain import wanted_models
from arriero.models.errors import ModelError, ModelNotFound
from arriero.models.types import Provider

_MOST_ASKED = 30

_log = logging.getLogger(__name__)


@runtime_checkable
class Advisor(Protocol):
    """A provider that knows how a model is got."""

    def remedy(self) -> str:
        """Return the end of a sentence that says what to do."""


async def choose_model(provider: Provider, default: str | None = None) -> str:
    """Return the default if there is one, else a model to work with.

    A default that is a chain (`models.chain`) is the first of this provider's that is there, else
    its last.

    Models that can use tools go first, then any that can chat: these are given tools in other
    ways. Among equals one that is in memory goes first, then the provider's own order. What `show`
    tells of a model decides: listings may leave capabilities out.

    Raises `ModelNotFound` when no model can chat; its text says how to get one.
    """
    if default:
        wanted = wanted_models(default, {provider.name})
        return await first_there(provider, [one.model for one in wanted])
    loaded = [model.name for model in await provider.loaded()]
    listed = [model.name for model in await provider.models()]
    chatting = None
    for name in list(dict.fromkeys([*loaded, *listed]))[:_MOST_ASKED]:
        capabilities = await _capabilities(provider, name)
        if "tools" in capabilities:
            return name
        if "completion" in capabilities:
            chatting = chatting or name
    if chatting:
        return chatting
    problem = "has no model that can chat" if listed else "has no model yet"
    remedy = provider.remedy() if isinstance(provider, Advisor) else "load one there"
    raise ModelNotFound(f"The provider {provider.name} {problem}: {remedy}.")


async def first_there(provider: Provider, names: Sequence[str]) -> str:
    """Return the first of some models that is there, else the last."""
    for name in names[:-1]:
        try:
            await provider.show(name)
        except ModelNotFound as error:
            _log.info("%s: the next of the chain is tried", error)
        else:
            return name
    return names[-1]


async def _capabilities(provider: Provider, name: str) -> frozenset[str]:
    try:
        details = await provider.show(name)
    except ModelError as error:
        # One that cannot be described, such as a broken one, is no reason to give up the others.
        _log.info("the model %s cannot be described: %s", name, error)
        return frozenset()
    return details.capabilities
