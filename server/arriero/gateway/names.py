"""Which models a client means by the name that it sends."""

from __future__ import annotations

from dataclasses import replace

from arriero.gateway.choosing import split_model
from arriero.models.chain import Wanted, wanted_models
from arriero.settings.model import Settings

# Names that stand for the model that Arriero would use itself.
ANY = frozenset({"", "default", "auto", "arriero"})


def wanted(name: str, settings: Settings) -> tuple[Wanted, ...]:
    """Return the models that may answer, in order, each with its provider.

    A name is `name`, `provider/name`, `name@provider`, several of these as in the setting `model`,
    or one of `ANY`, also behind a provider. An empty model leaves it to the provider's list. What
    the name says of tools is passed over.
    """
    name, _ = split_model(name)
    if name not in ANY:
        chain = [_placed(one, settings) for one in wanted_models(name, settings.providers)]
        if len(chain) > 1 or chain[0].model not in ANY:
            return tuple(chain)
        used = chain[0].provider or settings.provider
    else:
        used = settings.provider
    chosen = settings.model if used == settings.provider else None
    default = chosen or settings.providers[used].default_model
    named = wanted_models(default, settings.providers)
    return tuple(replace(one, provider=one.provider or used) for one in named)


def _placed(one: Wanted, settings: Settings) -> Wanted:
    first, slash, rest = one.model.partition("/")
    if one.provider is None and slash and first in settings.providers:
        return Wanted(rest, first)
    return replace(one, provider=one.provider or settings.provider)
