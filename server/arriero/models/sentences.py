"""Parts of sentences for the person that do not depend on the kind of server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_NAMES_SHOWN = 8
_ALIKE = 0.6


def key_variable(provider: str) -> str:
    """Return the variable of the environment that holds a provider's key."""
    return re.sub(r"\W", "_", provider).upper() + "_API_KEY"


def some_names(names: Sequence[str], wanted: str = "") -> str:
    """Return the first names of a list, and how many there are more.

    Those that `wanted` may have meant go first.
    """
    shown = sorted(names, key=lambda name: -_likeness(wanted, name)) if wanted else names
    more = len(names) - _NAMES_SHOWN
    return ", ".join(shown[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _likeness(wanted: str, name: str) -> float:
    """Return how much a name is like one that was typed, with its tag or without; 0 if little."""
    typed = wanted.casefold()
    compared = (name.casefold(), name.casefold().partition(":")[0])
    best = max(SequenceMatcher(None, typed, one).ratio() for one in compared)
    return best if best >= _ALIKE else 0.0


def not_offered(provider: str, model: str, offered: Sequence[str]) -> str:
    """Say that the settings leave a model out."""
    return (
        f"The provider {provider} does not offer {model}: choose one that it does "
        f"({some_names(offered, model)}), or add it to `providers.{provider}.models`."
    )


def silent(provider: str, model: str, seconds: float) -> str:
    """Say that an answer began and went no further."""
    return (
        f"{model} sent nothing for {seconds:g} s: try again, or set "
        f"`providers.{provider}.timeout` higher."
    )


def text_too_long(model: str) -> str:
    """Say that a text cannot be embedded in one piece."""
    return f"A text is longer than the window of {model}: cut it into shorter pieces."
