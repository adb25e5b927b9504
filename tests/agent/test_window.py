from __future__ import annotations

import pytest

from arriero.agent.window import (
    Window,
    choose_window,
    fitting_window,
    planned_window,
    read_back,
    remarks,
    smaller,
)
from arriero.models.residency import ModelPlan, WindowChoice
from arriero.models.types import LoadedModel, ModelDetails, RunnerOptions


def details(trained: int | None, configured: int | None = None) -> ModelDetails:
    return ModelDetails("m", frozenset(), trained_window=trained, configured_window=configured)


@pytest.mark.parametrize(
    ("num_ctx", "model", "fitting", "chosen"),
    [
        (8192, details(32_768, 4096), None, WindowChoice(8192, 8192, "settings")),
        (65_536, details(32_768), None, WindowChoice(32_768, 32_768, "trained")),
        (8192, details(None), None, WindowChoice(8192, 8192, "settings")),
        (None, details(32_768, 24_000), None, WindowChoice(24_000, 24_000, "modelfile")),
        (None, details(8192, 24_000), None, WindowChoice(8192, 8192, "trained")),
        (None, details(None, 24_000), None, WindowChoice(24_000, 24_000, "modelfile")),
        (None, details(131_072), None, WindowChoice(16_384, 16_384, "default")),
        (None, details(16_384), None, WindowChoice(16_384, 16_384, "default")),
        (None, details(4096), None, WindowChoice(4096, 4096, "trained")),
        (None, details(None), None, WindowChoice(None, 8192, "default")),
        (None, details(131_072), 8192, WindowChoice(8192, 8192, "fits")),
        (None, details(131_072), 32_768, WindowChoice(16_384, 16_384, "default")),
        (None, details(4096), 8192, WindowChoice(4096, 4096, "trained")),
        (None, details(None), 4096, WindowChoice(None, 8192, "default")),
        (16_384, details(32_768), 8192, WindowChoice(16_384, 16_384, "settings")),
        (None, details(32_768, 24_000), 8192, WindowChoice(24_000, 24_000, "modelfile")),
    ],
)
def test_the_window_that_is_asked_for(
    num_ctx: int | None, model: ModelDetails, fitting: int | None, chosen: WindowChoice
) -> None:
    assert choose_window(num_ctx, model, fitting) == chosen


def test_the_window_to_count_on_is_the_planned_one() -> None:
    plan = ModelPlan("p", "m", RunnerOptions(8192), 8192, "fits")
    assert planned_window(plan) == Window(8192, "fits")


A_TOKEN = 131_072  # bytes; 4,096 tokens are half a GiB
GIB = 2**30


@pytest.mark.parametrize(
    ("size", "on_cpu", "share", "a_token", "fitting"),
    [
        (16_384, 1, 0.01, A_TOKEN, 12_288),
        (16_384, GIB // 2, 0.1, A_TOKEN, 12_288),
        (16_384, GIB // 2 + 1, 0.1, A_TOKEN, 8192),
        (16_384, GIB, 0.2, A_TOKEN, 8192),
        (16_384, GIB + 1, 0.2, A_TOKEN, None),
        (16_384, GIB, 0.499, A_TOKEN, 8192),
        (16_384, GIB, 0.5, A_TOKEN, None),
        (16_384, GIB, 1.0, A_TOKEN, None),
        (16_384, 1, 0.01, None, None),
        (16_384, 0, 0.0, A_TOKEN, None),
        (12_288, 1, 0.01, A_TOKEN, 8192),
        (8192, 1, 0.01, A_TOKEN, None),
        (4096, 1, 0.01, A_TOKEN, None),
    ],
)
def test_the_window_that_would_fit(
    size: int, on_cpu: int, share: float, a_token: int | None, fitting: int | None
) -> None:
    actual = Window(size, "loaded", on_cpu > 0, share, on_cpu)
    assert fitting_window(actual, a_token) == fitting


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
        ([loaded("m:latest", vram=60)], "m", Window(8192, "loaded", True, 0.4, 40)),
        ([loaded("m:latest", vram=0)], "m", Window(8192, "loaded", True, 1.0, 100)),
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


def test_the_user_is_told_of_the_window_that_later_sessions_have() -> None:
    actual = Window(16_384, "loaded", True, 0.1)
    (told,) = remarks("m", Window(16_384, "default"), actual, 8192)
    assert told.startswith("10 % of m does not fit")
    assert "new sessions will use a window of 8,192 tokens" in told
    assert "smaller model" not in told


@pytest.mark.parametrize(("told", "size"), [(0, 8192), (4096, 4096), (8192, 8192), (9000, 8192)])
def test_a_refusal_makes_the_window_smaller_only(told: int, size: int) -> None:
    assert smaller(Window(8192, "settings"), told).size == size
