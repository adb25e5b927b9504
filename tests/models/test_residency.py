"""Plans, durations and what a server tells of what it has in memory."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from arriero.agent.window import choose_window
from arriero.models.errors import ModelNotFound
from arriero.models.fitting import FittingWindows
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import Simulator, Turn
from arriero.models.residency import (
    ModelPlan,
    Plans,
    Residence,
    find,
    fits,
    full_name,
    load,
    residence,
    seconds,
    server_of,
)
from arriero.models.types import LoadedModel, ModelDetails, RunnerOptions
from arriero.settings.model import WindowSettings
from arriero.settings.provider import ProviderSettings

OLLAMA = ProviderSettings(kind="ollama", base_url="http://127.0.0.1:11434")
V1 = ProviderSettings(kind="openai", base_url="http://127.0.0.1:11434/v1")
DETAILS = ModelDetails("m", frozenset({"completion"}), trained_window=32_768, fingerprint="f1ne")


@pytest.mark.parametrize(
    ("keep_alive", "expected"),
    [
        (None, 300.0),
        ("30m", 1800.0),
        ("1.5h", 5400.0),
        ("90s", 90.0),
        ("250ms", 0.25),
        (7, 7.0),
        (0, 0.0),
        ("0s", 0.0),
        (-1, math.inf),
        ("-5m", math.inf),
    ],
)
def test_durations(keep_alive: str | int | None, expected: float) -> None:
    assert seconds(keep_alive) == expected


@pytest.mark.parametrize("keep_alive", ["", "5", "m", "5 m", "1h30m"])
def test_what_is_no_duration(keep_alive: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(keep_alive)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("m", "m:latest"),
        ("M:8b", "m:8b"),
        ("host:5000/a/m", "host:5000/a/m:latest"),
        ("host:5000/a/m:q4", "host:5000/a/m:q4"),
    ],
)
def test_full_names(model: str, expected: str) -> None:
    assert full_name(model) == expected


def test_all_uses_of_a_model_have_one_plan() -> None:
    plans = Plans(choose_window)
    made = plans.plan("ollama", OLLAMA, DETAILS, WindowSettings())
    assert made == ModelPlan("ollama", "m", RunnerOptions(16_384, "30m"), 16_384, "default")
    assert plans.get(OLLAMA, "M:latest") == made
    assert plans.get(V1, "m") == made, "two entries may speak to one server"
    assert plans.get(OLLAMA, "other") is None
    changed = plans.plan("ollama", OLLAMA, DETAILS, WindowSettings(num_ctx=8192, keep_alive=-1))
    assert changed.runner == RunnerOptions(8192, -1)
    assert plans.get(OLLAMA, "m") == changed


def test_one_server_is_one_server() -> None:
    other = ProviderSettings(kind="ollama", base_url="http://127.0.0.1:11435")
    assert server_of(OLLAMA) == server_of(V1) != server_of(other)


@pytest.mark.parametrize(("window", "planned", "expected"), [(1, 1, True), (1, 2, False)])
def test_what_fits(window: int, planned: int, expected: bool) -> None:
    loaded = LoadedModel("m:latest", 100, 75, window, "soon")
    assert fits(loaded, ModelPlan("p", "m", RunnerOptions(planned))) == expected
    assert fits(loaded, ModelPlan("p", "m", RunnerOptions())), "the server chooses"
    assert find([loaded], "m") is loaded
    assert find([loaded], "n") is None
    assert residence("p", "m", loaded) == Residence("p", "m", "loaded", window, 0.25, "soon")
    assert residence("p", "m", None) == Residence("p", "m", "absent")


@pytest.mark.parametrize(("window", "source"), [(8192, "fits"), (4096, None)])
def test_whose_window_it_is(window: int, source: str | None) -> None:
    plan = ModelPlan("p", "m", RunnerOptions(8192), 8192, "fits")
    loaded = LoadedModel("m:latest", 100, 100, window, "soon")
    assert residence("p", "m", loaded, plan).window_source == source


def windows(plan: ModelPlan) -> tuple[int | None, int, str]:
    return plan.runner.num_ctx, plan.window, plan.source


CAREFUL, FITS = (16_384, 16_384, "default"), (8192, 8192, "fits")


async def test_a_model_in_use_keeps_its_window_until_it_may_shrink() -> None:
    plans, free = Plans(choose_window), WindowSettings()
    assert windows(plans.plan("ollama", OLLAMA, DETAILS, free, may_shrink=True)) == CAREFUL
    assert not plans.shrinks(OLLAMA, DETAILS, free)
    assert await plans.learn(OLLAMA, DETAILS, 8192) == 8192
    assert await plans.learn(OLLAMA, DETAILS, 12_288) == 8192, "there is one decision"
    assert plans.shrinks(OLLAMA, DETAILS, free)
    assert windows(plans.plan("ollama", OLLAMA, DETAILS, free)) == CAREFUL
    assert windows(plans.plan("ollama", OLLAMA, DETAILS, free, may_shrink=True)) == FITS
    assert not plans.shrinks(OLLAMA, DETAILS, free)
    assert windows(plans.plan("ollama", OLLAMA, DETAILS, free)) == FITS, "it does not grow again"


async def test_a_model_that_is_not_in_use_begins_with_what_was_learned() -> None:
    fitting = FittingWindows()
    await Plans(choose_window, fitting).learn(OLLAMA, DETAILS, 8192)
    plans = Plans(choose_window, fitting)
    assert not plans.shrinks(OLLAMA, DETAILS, WindowSettings())
    assert windows(plans.plan("ollama", OLLAMA, DETAILS, WindowSettings())) == FITS


async def test_what_was_learned_is_for_one_model_at_one_server() -> None:
    plans, free = Plans(choose_window), WindowSettings()
    await plans.learn(OLLAMA, DETAILS, 8192)
    other = ProviderSettings(kind="ollama", base_url="http://127.0.0.1:11435")
    assert windows(plans.plan("ollama", other, DETAILS, free)) == CAREFUL
    pulled = replace(DETAILS, fingerprint="0ther")
    assert windows(plans.plan("ollama", OLLAMA, pulled, free)) == CAREFUL
    assert windows(plans.plan("ollama", OLLAMA, DETAILS, free, may_shrink=True)) == FITS


async def test_what_the_person_says_goes_before_what_was_learned() -> None:
    plans, wish = Plans(choose_window), WindowSettings(num_ctx=16_384)
    await plans.learn(OLLAMA, DETAILS, 8192)
    assert windows(plans.plan("ollama", OLLAMA, DETAILS, wish)) == (16_384, 16_384, "settings")
    assert not plans.shrinks(OLLAMA, DETAILS, wish)
    configured = replace(DETAILS, configured_window=16_384)
    made = plans.plan("ollama", OLLAMA, configured, WindowSettings())
    assert windows(made) == (16_384, 16_384, "modelfile")
    await plans.forget(OLLAMA, DETAILS)
    assert windows(plans.plan("ollama", OLLAMA, DETAILS, WindowSettings())) == CAREFUL


async def test_of_several_hosts_nothing_is_learned() -> None:
    plans = Plans(choose_window)
    several = OLLAMA.model_copy(update={"hosts": ("http://127.0.0.1:11435",)})
    assert await plans.learn(several, DETAILS, 8192) is None
    assert windows(plans.plan("ollama", several, DETAILS, WindowSettings())) == CAREFUL


async def test_loading_says_nothing_to_the_model() -> None:
    async with Simulator([Turn("Hello.")]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        plan = ModelPlan("ollama", "rehearsal", RunnerOptions(8192, "5m"))
        await load(provider, plan)
        await load(provider, plan)
        assert (simulator.loads, simulator.chats) == (["rehearsal:latest"], [])
        (there,) = await provider.loaded()
        assert there.window == 8192
        with pytest.raises(ModelNotFound):
            await load(provider, ModelPlan("ollama", "none", RunnerOptions()))
        await provider.aclose()
