"""Texts become vectors, through every kind of provider."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from arriero.models.embedding import Embedder
from arriero.models.errors import (
    EmbeddingUnsupported,
    ModelError,
    ModelNotFound,
    ProviderUnavailable,
    WindowExceeded,
)
from arriero.models.json_values import vectors
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import SimulatedModel, Simulator
from arriero.models.types import RunnerOptions
from models.openai_chatting import talking
from models.openai_server import StandIn, Turn, refused

EMBEDS = SimulatedModel("embeds", capabilities=("embedding",), embedding_length=8)
CHATS = SimulatedModel("chats")
PLAN = RunnerOptions(num_ctx=512, keep_alive="5m")


def data(*found: tuple[int, Sequence[float]]) -> Mapping[str, Any]:
    return {"data": [{"index": index, "embedding": list(vector)} for index, vector in found]}


async def test_ollama_embeds_with_the_models_plan_and_cuts_nothing() -> None:
    async with Simulator(models=[EMBEDS]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        embedder: Embedder = provider
        found = await embedder.embed("embeds", ["one two", "red", "one two"], PLAN)
        assert await embedder.embed("embeds", [], PLAN) == []
        (asked,) = simulator.requests
        (loaded,) = await provider.loaded()
        await provider.aclose()
    first, second, third = found
    assert found.tokens == 7, "blanks are tokens, too"
    assert len(first) == 8
    assert first == third != second
    assert loaded.window == 512
    assert asked.body == {
        "model": "embeds",
        "input": ["one two", "red", "one two"],
        "truncate": False,
        "keep_alive": "5m",
        "options": {"num_ctx": 512},
    }


@pytest.mark.parametrize(
    ("model", "text", "kind", "said"),
    [
        ("chats", "a", EmbeddingUnsupported, "embed texts: .*`ollama pull nomic-embed-text`"),
        ("nope", "a", ModelNotFound, "choose one that is there: (embeds, chats|chats, embeds)"),
        ("embeds", "word " * 600, WindowExceeded, "A text is longer than the window of embeds"),
    ],
)
async def test_what_ollama_cannot_embed(
    model: str, text: str, kind: type[ModelError], said: str
) -> None:
    async with Simulator(models=[EMBEDS, CHATS]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        with pytest.raises(kind, match=said) as caught:
            await provider.embed(model, ["fits", text], PLAN)
        await provider.aclose()
    assert type(caught.value) is kind


async def test_vectors_of_another_length() -> None:
    async with Simulator(models=[EMBEDS]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        found = await provider.embed("embeds", ["one"], PLAN, 4)
        await provider.aclose()
    assert [len(one) for one in found] == [4]
    async with talking(StandIn(embeddings=data((0, [1, 2])))) as (server, compatible):
        await compatible.embed("m", ["a"], PLAN, 2)
        (asked,) = server.requests
    assert asked.body == {"model": "m", "input": ["a"], "dimensions": 2}


async def test_an_openai_compatible_server_embeds() -> None:
    stand_in = StandIn(embeddings=data((1, [3, 4]), (0, [1, 2.5])))
    async with talking(stand_in) as (server, provider):
        embedder: Embedder = provider
        assert await embedder.embed("m", ["a", "b"], PLAN) == [[1.0, 2.5], [3.0, 4.0]]
        assert await embedder.embed("m", [], PLAN) == []
        (asked,) = server.requests
    assert (asked.path, asked.body) == ("/v1/embeddings", {"model": "m", "input": ["a", "b"]})


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [({"prompt_tokens": 7, "total_tokens": 7}, 7), ({"prompt_tokens": 0}, None), (None, None)],
)
async def test_tokens_of_an_openai_compatible_server(usage: object, tokens: int | None) -> None:
    stand_in = StandIn(embeddings={**data((0, [1])), "usage": usage})
    async with talking(stand_in) as (_, provider):
        assert (await provider.embed("m", ["a"], PLAN)).tokens == tokens


@pytest.mark.parametrize(
    ("stand_in", "kind", "said"),
    [
        (StandIn(embeddings=data((0, [1]))), ProviderUnavailable, "does not speak"),
        (StandIn(embeddings={"data": []}), ProviderUnavailable, "does not speak"),
        (StandIn(), ProviderUnavailable, "does not speak"),
        (
            StandIn(
                refusing=Turn(
                    status=501,
                    body=refused(
                        501,
                        "This server does not support embeddings. Start it with `--embeddings`",
                        "not_supported_error",
                    ),
                )
            ),
            ModelError,
            "cannot embed texts with m: choose a model",
        ),
        (
            StandIn(
                refusing=Turn(
                    status=400,
                    body=refused(400, "exceeds the available context size", n_ctx=512),
                )
            ),
            WindowExceeded,
            "A text is longer than the window of m",
        ),
    ],
)
async def test_what_an_openai_compatible_server_cannot_embed(
    stand_in: StandIn, kind: type[ModelError], said: str
) -> None:
    async with talking(stand_in) as (_, provider):
        with pytest.raises(kind, match=said):
            await asyncio.wait_for(provider.embed("m", ["a", "b"], PLAN), 5)


@pytest.mark.parametrize(
    ("value", "count", "expected"),
    [
        ([[1, 2.5]], 1, [[1.0, 2.5]]),
        ([], 0, []),
        ([[1]], 2, None),
        ([[]], 1, None),
        ([["1"]], 1, None),
        ([[float("nan")]], 1, None),
        ([[True]], 1, None),
        ([None], 1, None),
        ("x", 1, None),
        (None, 0, None),
    ],
)
def test_what_is_a_vector(value: object, count: int, expected: list[list[float]] | None) -> None:
    assert vectors(value, count) == expected
