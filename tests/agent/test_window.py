from __future__ import annotations

import pytest

from arriero.agent.window import (
    Window,
    choose_window,
    planned_window,
    read_back,
    remarks,
    smaller,
)
from arriero.models.types import LoadedModel, ModelDetails


def details(trained: int | None, configured: int | None = None) -> ModelDetails:
    return ModelDetails("m", frozenset(), trained_window=trained, configured_window=configured)


@pytest.mark.parametrize(
    ("num_ctx", "model", "sent", "planned"),
    [
        (8192, details(32_768, 4096), 8192, Window(8192, "settings")),
        (65_536, details(32_768), 32_768, Window(32_768, "trained")),
        (8192, details(None), 8192, Window(8192, "settings")),
        (None, details(32_768, 24_000), 24_000, Window(24_000, "modelfile")),
        (None, details(8192, 24_000), 8192, Window(8192, "trained")),
        (None, details(None, 24_000), 24_000, Window(24_000, "modelfile")),
        (None, details(131_072), 16_384, Window(16_384, "default")),
        (None, details(16_384), 16_384, Window(16_384, "default")),
        (None, details(4096), 4096, Window(4096, "trained")),
        (None, details(None), None, Window(8192, "default")),
    ],
)
def test_the_window_that_is_asked_for(
    num_ctx: int | None, model: ModelDetails, sent: int | None, planned: Window
) -> None:
    assert choose_window(num_ctx, model) == sent
    assert planned_window(num_ctx, model) == planned


def loaded(name: str, window: int = 8192, size: int = 100, vram: int = 100) -> LoadedModel:
    return LoadedModel(name, size, vram, window, "")


@pytest.mark.parametrize(
    ("entries", "model", "window"),
    [
        ([], "m", None),
        ([loaded("other:latest")], "m", None),
        ([loaded("m:7b")], "m", None),
        ([loaded("other:latest", 4096), loaded("m:latest")], "m", Window(8192, "loaded")),
        ([loaded("m:latest")], "M:latest", Window(8192, "loaded")),
        ([loaded("host:80/me/m:latest")], "host:80/me/m", Window(8192, "loaded")),
        ([loaded("m:latest", 0)], "m", None),
        ([loaded("m:latest", vram=60)], "m", Window(8192, "loaded", True, 0.4)),
        ([loaded("m:latest", vram=0)], "m", Window(8192, "loaded", True, 1.0)),
        ([loaded("m:latest", size=0, vram=0)], "m", Window(8192, "loaded")),
    ],
)
def test_the_window_that_is_there(
    entries: list[LoadedModel], model: str, window: Window | None
) -> None:
    assert read_back(entries, model) == window


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (Window(16_384, "loaded"), []),
        (Window(32_768, "loaded"), []),
        (Window(4096, "loaded"), ["window of 4,096 tokens instead of 16,384"]),
        (Window(16_384, "loaded", True, 0.35), ["35 % of m"]),
        (Window(16_384, "loaded", True, 1.0), ["on the CPU alone"]),
        (Window(4096, "loaded", True, 0.001), ["window of 4,096", "1 % of m"]),
    ],
)
def test_what_the_user_is_told(actual: Window, words: list[str]) -> None:
    told = remarks("m", Window(16_384, "default"), actual)
    assert len(told) == len(words)
    assert all(word in sentence for word, sentence in zip(words, told, strict=True))


@pytest.mark.parametrize(("told", "size"), [(0, 8192), (4096, 4096), (8192, 8192), (9000, 8192)])
def test_a_refusal_makes_the_window_smaller_only(told: int, size: int) -> None:
    assert smaller(Window(8192, "settings"), told).size == size
