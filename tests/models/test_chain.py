"""Models that are wanted in an order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.models.chain import Wanted, spent, wanted_models
from arriero.models.choice import choose_model
from arriero.models.errors import ModelNotFound, NoMemory, ProviderUnavailable
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import SimulatedModel, Simulator

PROVIDERS = {"ollama", "lab"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, [Wanted("")]),
        ("", [Wanted("")]),
        ("qwen3:8b", [Wanted("qwen3:8b")]),
        ("a, else b", [Wanted("a"), Wanted("b")]),
        ("a,else  b , ELSE c@lab", [Wanted("a"), Wanted("b"), Wanted("c", "lab")]),
        ("hf.co/x/y@main", [Wanted("hf.co/x/y@main")]),
        ("@lab, else ", [Wanted("@lab")]),
        ("else", [Wanted("else")]),
        ("a, b", [Wanted("a, b")]),
    ],
)
def test_reading(text: str | None, wanted: list[Wanted]) -> None:
    assert list(wanted_models(text, PROVIDERS)) == wanted


@given(st.lists(st.from_regex(r"[a-z0-9:/.]{1,8}", fullmatch=True), min_size=1))
def test_what_is_joined_is_read_again(names: list[str]) -> None:
    text = ", else ".join(names)
    assert [wanted.model for wanted in wanted_models(text, ())] == names


@pytest.mark.parametrize(
    ("setting", "chosen"),
    [("b, else a", "a"), ("a@ollama, else b", "a"), ("b, else c", "c"), ("x@lab, else a", "a")],
)
async def test_of_one_provider_the_first_that_is_there(setting: str, chosen: str) -> None:
    async with Simulator(models=[SimulatedModel("a")]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        assert await choose_model(provider, setting) == chosen
        with pytest.raises(ModelNotFound):
            await provider.show("c")
        await provider.aclose()


async def test_a_provider_that_is_gone_is_told() -> None:
    provider = OllamaProvider("ollama", "http://127.0.0.1:9", retries=0)
    with pytest.raises(ProviderUnavailable):
        await choose_model(provider, "a, else b")
    await provider.aclose()


def test_the_last_error_tells_of_the_others() -> None:
    failures = [NoMemory("a is too large."), ProviderUnavailable("No b.", cause="refused")]
    last = ModelNotFound("Fetch c.", cause="404")
    assert spent(last, [*failures, failures[0], last]) is last
    assert str(last) == "Fetch c. The others: a is too large. No b."
    assert last.cause == "404"


def test_what_failed_alone_is_as_it_was() -> None:
    last = ModelNotFound("Fetch c.")
    assert str(spent(last, [ModelNotFound("Fetch c."), last])) == "Fetch c."
