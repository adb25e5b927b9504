"""A model that somebody names is looked for at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from arriero.daemon import choosing
from arriero.models.errors import ModelNotFound, ProviderUnavailable
from arriero.models.types import Provider

NAMES = {"near", "far", "slow"}


class One:
    """A provider that has the model `big`, does not answer, or is slow."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def show(self, model: str) -> None:
        if self.name == "slow":
            await asyncio.Event().wait()
        if self.name == "far":
            raise ProviderUnavailable("Nothing answers at far: start it.")
        if model != "big":
            raise ModelNotFound(f"near has no model {model}.")


def look_for(text: str) -> str:
    find = cast("Callable[[str | None], Provider]", lambda name: One(name or "near"))
    return asyncio.run(choosing.look_for(text, find, NAMES))


@pytest.mark.parametrize("text", ["", "big", "big, else nope", "big, else big@far"])
def test_what_is_there(text: str) -> None:
    assert look_for(text) == ""


@pytest.mark.parametrize("text", ["nope", "other, else nope"])
def test_what_is_certainly_not_there(text: str) -> None:
    with pytest.raises(ModelNotFound, match="near has no model nope"):
        look_for(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("big@far", ["Whether big is there", "Nothing answers at far: start it.", "It is kept"]),
        ("big@slow", ["Whether big is there", "does not answer in time", "It is kept"]),
        ("nope, else big@far", ["near has no model nope", "Nothing answers", "It is kept"]),
        ("nope, else big", ["near has no model nope", "Until then big answers."]),
        ("big@far, else big", ["Nothing answers at far", "Until then big answers."]),
    ],
)
def test_what_is_said(text: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "_PATIENCE", 0.01)
    told = look_for(text)
    assert [word for word in words if word not in told] == []
