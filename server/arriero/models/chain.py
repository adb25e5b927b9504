"""Which models are wanted, in order: `qwen3:32b@lab, else qwen3:8b`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Container, Iterable
from dataclasses import dataclass
from typing import TypeVar

from arriero.models.errors import ModelError, ProviderUnavailable
from arriero.within import within

T = TypeVar("T")

PATIENCE = 20.0  # seconds to tell of a model, where another can answer instead
_ELSE = re.compile(r"\s*,\s*else\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """A model, and the provider that it is wanted of; None: the one in use."""

    model: str
    provider: str | None = None


def wanted_models(text: str | None, providers: Container[str]) -> tuple[Wanted, ...]:
    """Read a setting of `model`; what stands behind an `@` counts where it names a provider.

    Nothing named is one wish for any model of the provider in use, its model empty.
    """
    names = [name.strip() for name in _ELSE.split(text or "")]
    return tuple(wanted_model(name, providers) for name in names if name) or (Wanted(""),)


def wanted_model(name: str, providers: Container[str]) -> Wanted:
    """Read the name of one model."""
    model, _, provider = name.rpartition("@")
    return Wanted(model, provider) if model and provider in providers else Wanted(name)


async def in_time(work: Awaitable[T], wanted: Wanted, *, last: bool) -> T:
    """Return what is told of a model; raises ProviderUnavailable where that takes too long.

    The `last` one of a chain is waited for: there is nobody else to ask.
    """
    if last:
        return await work
    try:
        return await within(work, PATIENCE)
    except asyncio.TimeoutError as error:
        of = f" of {wanted.provider}" if wanted.provider else ""
        raise ProviderUnavailable(
            f"{wanted.model or 'A model'}{of} is not answered for in {PATIENCE:.0f} s: see whether "
            "its server is stuck."
        ) from error


def spent(last: ModelError, failures: Iterable[ModelError]) -> ModelError:
    """Return the last error of a chain that has nobody left, which tells of the others as well."""
    others = dict.fromkeys(told for one in failures if (told := str(one)) != str(last))
    if others:
        last.args = (f"{last} The others: {' '.join(others)}",)
    return last


def names_at(provider: str, chain: Iterable[Wanted], in_use: str) -> tuple[str, ...]:
    """Return the models of a chain that are wanted of a provider; `in_use` is the one in use."""
    return tuple(one.model for one in chain if one.model and (one.provider or in_use) == provider)
