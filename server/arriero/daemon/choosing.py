"""Whether a model that somebody names is there: told when it is named, not when it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container

from arriero.models.chain import wanted_models
from arriero.models.errors import ModelError, ModelNotFound
from arriero.models.types import Provider
from arriero.within import within

_PATIENCE = 3.0  # seconds for a provider; whoever chose waits for it


async def look_for(
    text: str, provider: Callable[[str | None], Provider], providers: Container[str]
) -> str:
    """Return what is to be said of a model, or a chain of them, that is used from now on.

    Nothing where the first one is there. Raises `ModelNotFound` where certainly none is.
    """
    told: list[str] = []
    missing: ModelNotFound | None = None
    certain = True
    for wanted in wanted_models(text, providers):
        if not wanted.model:
            return ""
        try:
            asked = provider(wanted.provider)
            await within(asked.show(wanted.model), _PATIENCE)
        except ModelNotFound as error:
            missing = error
            told.append(str(error))
        except (ModelError, asyncio.TimeoutError) as error:
            certain = False
            why = str(error) or "its provider does not answer in time."
            told.append(f"Whether {wanted.model} is there cannot be told now: {why}")
        else:
            return f"{' '.join(told)} Until then {wanted.model} answers." if told else ""
    if missing is not None and certain:
        raise missing
    return f"{' '.join(told)} It is kept, and looked for again at your next prompt."
