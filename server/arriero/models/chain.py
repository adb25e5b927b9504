"""Which models are wanted, in order: `qwen3:32b@lab, else qwen3:8b`."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

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
    return tuple(_wanted(name, providers) for name in names if name) or (Wanted(""),)


def _wanted(name: str, providers: Container[str]) -> Wanted:
    model, _, provider = name.rpartition("@")
    return Wanted(model, provider) if model and provider in providers else Wanted(name)
