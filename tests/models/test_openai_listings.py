"""What OpenAI-compatible servers tell of themselves and their models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from arriero.models.choice import choose_model
from arriero.models.errors import ModelError, ModelNotFound, ProviderUnavailable
from arriero.models.openai.refusals import Loading
from arriero.models.registry import make_provider
from arriero.models.types import LoadedModel, ModelDetails, ModelInfo
from arriero.settings.provider import ProviderSettings
from models.openai_chatting import talking
from models.openai_server import LLAMACPP, LOADING, META, MODEL, PROPS, StandIn, Turn

VLLM: Mapping[str, Any] = {"id": "org/m", "owned_by": "vllm", "max_model_len": 16384}
PLAIN: Mapping[str, Any] = {"id": "m", "owned_by": "organization_owner"}
BOTH = frozenset({"completion", "tools"})


def routed(name: str, status: str) -> Mapping[str, Any]:
    """An entry in the list of a llama.cpp server with several models."""
    return {"id": name, "owned_by": "llamacpp", "status": {"value": status, "args": []}}


NATIVE: Sequence[Mapping[str, Any]] = (
    {
        "id": "qwen3-8b",
        "type": "llm",
        "arch": "qwen3",
        "quantization": "Q4_K_M",
        "state": "loaded",
        "max_context_length": 40960,
        "loaded_context_length": 4096,
        "capabilities": ["tool_use"],
    },
    {"id": "gemma-3-4b", "type": "vlm", "state": "not-loaded", "max_context_length": 131072},
    {"id": "nomic", "type": "embeddings", "state": "not-loaded", "max_context_length": 2048},
)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            "qwen3-8b",
            ModelDetails(
                "qwen3-8b",
                BOTH,
                family="qwen3",
                quantization="Q4_K_M",
                trained_window=40960,
                configured_window=4096,
            ),
        ),
        ("gemma-3-4b", ModelDetails("gemma-3-4b", BOTH | {"vision"}, trained_window=131072)),
        ("nomic", ModelDetails("nomic", frozenset({"embedding"}), trained_window=2048)),
        ("not-there", ModelDetails("not-there", BOTH)),
    ],
)
async def test_show_of_lm_studio(model: str, expected: ModelDetails) -> None:
    entry = {"id": model, "owned_by": "organization_owner"}
    for name in ("lmstudio", "mine"):
        async with talking(StandIn(models=[entry], native=NATIVE), name) as (_, provider):
            assert await provider.show(model) == expected


async def test_loaded_of_lm_studio() -> None:
    async with talking(StandIn(native=NATIVE), "lmstudio") as (_, provider):
        assert await provider.loaded() == [LoadedModel("qwen3-8b", 0, 0, 4096, "")]


async def test_a_llamacpp_server_with_several_models() -> None:
    models = [routed("a/b", "loaded"), routed("c", "unloaded"), routed("d", "loading")]
    async with talking(StandIn(models=models)) as (server, provider):
        assert await provider.loaded() == [LoadedModel("a/b", 0, 0, 8192, "")]
        assert (await provider.show("a/b")).configured_window == 8192
        asked = [one.query for one in server.requests if one.path == "/props"]
    # Without `autoload=false` the question would load a model.
    assert set(asked) == {"model=a%2Fb&autoload=false"}


@pytest.mark.parametrize(
    ("listed", "models", "there"),
    [
        ([VLLM, PLAIN], ["m", "gone"], ["m"]),
        ([{**VLLM, "aliases": ["short"]}, PLAIN], ["short"], ["short"]),
        ([LLAMACPP], ["mine"], ["mine"]),  # which takes every name for its one model
        (None, ["one", "two"], ["one", "two"]),
    ],
)
async def test_only_the_models_that_the_settings_name_are_used(
    listed: Sequence[Mapping[str, Any]] | None, models: list[str], there: list[str]
) -> None:
    async with StandIn(models=listed, props=None) as server:
        entry = ProviderSettings(kind="openai", base_url=server.base_url, models=tuple(models))
        provider = make_provider("few", entry)
        assert await provider.version()
        assert [one.name for one in await provider.models()] == there
        assert await choose_model(provider) == there[0]
        assert (await provider.show(there[-1])).name == there[-1]
        with pytest.raises(ModelNotFound, match="few does not offer other: choose one that it"):
            await provider.show("other")
        await provider.aclose()


async def test_a_server_without_a_list_asks_for_names() -> None:
    async with talking(StandIn(models=None), "mine") as (_, provider):
        with pytest.raises(ProviderUnavailable, match=r"or name the models in `providers\.mine\."):
            await provider.models()


async def test_models() -> None:
    stand_in = StandIn(models=[LLAMACPP, VLLM, {"no": "id"}, PLAIN])
    async with talking(stand_in) as (_, provider):
        found = await provider.models()
    size = META["size"]
    assert found == [
        ModelInfo(MODEL, size=size, parameter_size="8.2B"),
        ModelInfo("org/m"),
        ModelInfo("m"),
    ]


@pytest.mark.parametrize(
    ("name", "entry", "props", "expected"),
    [
        (
            "llamacpp",
            LLAMACPP,
            PROPS,
            ModelDetails(
                MODEL,
                BOTH | {"thinking"},
                parameter_size="8.2B",
                trained_window=40960,
                configured_window=8192,
                template=PROPS["chat_template"],
            ),
        ),
        (
            "mine",  # recognised by its list of models
            {**LLAMACPP, "meta": None},
            {"default_generation_settings": {"n_ctx": 4096}, "modalities": {"vision": True}},
            ModelDetails(MODEL, BOTH | {"vision"}, configured_window=4096),
        ),
        (
            "llamacpp",  # an old one, without /props
            LLAMACPP,
            None,
            ModelDetails(
                MODEL, BOTH, parameter_size="8.2B", trained_window=40960, configured_window=8192
            ),
        ),
        (
            "llamacpp",
            {"id": MODEL},
            {"chat_template_caps": {"supports_tools": False, "supports_tool_calls": False}},
            ModelDetails(MODEL, frozenset({"completion"})),
        ),
        ("vllm", VLLM, None, ModelDetails("org/m", BOTH, configured_window=16384)),
        ("lmstudio", PLAIN, None, ModelDetails("m", BOTH)),
        *[
            ("lmstudio", {"id": one}, None, ModelDetails(one, frozenset({"embedding"})))
            for one in ("text-embedding-nomic-embed-text-v1.5", "BAAI/bge-m3", "all-MiniLM-L6-v2")
        ],
    ],
)
async def test_show(
    name: str,
    entry: Mapping[str, Any],
    props: Mapping[str, Any] | None,
    expected: ModelDetails,
) -> None:
    async with talking(StandIn(models=[entry], props=props), name) as (_, provider):
        assert await provider.show(entry["id"]) == expected


@pytest.mark.parametrize(
    ("models", "asked", "there"),
    [
        ([LLAMACPP], "anything", True),  # a server of one model takes every name
        ([{**LLAMACPP, "aliases": ["q"]}, LLAMACPP], "q", True),
        ([LLAMACPP, {**LLAMACPP, "id": "other"}], "anything", False),
        ([VLLM], "anything", False),
        ([], "anything", False),
    ],
)
async def test_which_names_a_server_knows(
    models: Sequence[Mapping[str, Any]], asked: str, there: bool
) -> None:
    async with talking(StandIn(models=models), "mine") as (_, provider):
        if there:
            assert (await provider.show(asked)).name == asked
            return
        with pytest.raises(ModelNotFound, match="has no model anything: load it there, or") as told:
            await provider.show(asked)
        assert all(entry["id"] in str(told.value) for entry in models)


@pytest.mark.parametrize(
    ("name", "models", "props", "expected"),
    [
        ("llamacpp", [LLAMACPP], PROPS, [(MODEL, 8192)]),
        ("mine", [LLAMACPP], PROPS, [(MODEL, 8192)]),
        ("llamacpp", [LLAMACPP], {**PROPS, "is_sleeping": True}, []),
        ("llamacpp", [LLAMACPP, {**LLAMACPP, "id": "b"}], PROPS, []),
        ("llamacpp", [], PROPS, []),
        ("vllm", [VLLM], None, []),
        ("lmstudio", [PLAIN], None, []),
    ],
)
async def test_loaded(
    name: str,
    models: Sequence[Mapping[str, Any]],
    props: Mapping[str, Any] | None,
    expected: list[tuple[str, int]],
) -> None:
    async with talking(StandIn(models=models, props=props), name) as (_, provider):
        found = await provider.loaded()
    size = META["size"]
    assert found == [LoadedModel(model, size, size, window, "") for model, window in expected]


@pytest.mark.parametrize(
    ("name", "stand_in", "expected"),
    [
        ("llamacpp", StandIn(), "b9014-d4b0c22f9"),
        ("mine", StandIn(), "b9014-d4b0c22f9"),
        ("llamacpp", StandIn(props=None), "llama.cpp's server"),
        ("vllm", StandIn(models=[VLLM], version={"version": "0.11.0"}), "0.11.0"),
        ("lmstudio", StandIn(models=[PLAIN]), "LM Studio"),
        ("mine", StandIn(models=[]), "the provider mine"),
        ("llamacpp", StandIn(refusing=LOADING), "(loading its model)"),
    ],
)
async def test_version(name: str, stand_in: StandIn, expected: str) -> None:
    async with talking(stand_in, name) as (_, provider):
        assert await provider.version() == expected


@pytest.mark.parametrize(
    ("stand_in", "kind", "said"),
    [
        (StandIn(models=None), ProviderUnavailable, "ends with `/v1`"),
        (StandIn(refusing=Turn(body={"hello": 1})), ProviderUnavailable, "ends with `/v1`"),
        (StandIn(refusing=Turn(body=[])), None, ""),
        (StandIn(refusing=Turn(status=401, body="no")), ProviderUnavailable, "LLAMACPP_API_KEY"),
        (StandIn(refusing=LOADING), Loading, "still loading"),
    ],
)
async def test_listings_that_fail(
    stand_in: StandIn, kind: type[ModelError] | None, said: str
) -> None:
    async with talking(stand_in) as (_, provider):
        if kind is None:
            assert await provider.models() == []
            return
        with pytest.raises(kind, match=said):
            await provider.models()


async def test_a_model_is_chosen_where_none_is_named() -> None:
    async with talking() as (_, provider):
        assert await choose_model(provider) == MODEL


async def test_models_cannot_be_fetched() -> None:
    async with talking(name="lmstudio") as (_, provider):
        with pytest.raises(ModelError, match="cannot be fetched through LM Studio: download m"):
            async for _progress in provider.pull("m"):
                pass
