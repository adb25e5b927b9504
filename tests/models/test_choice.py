"""Which model is taken where none is named, and which provider an entry makes."""

from __future__ import annotations

import pytest

from arriero.models.choice import choose_model
from arriero.models.errors import ModelError, ModelNotFound
from arriero.models.hosts import HostPool
from arriero.models.ollama import OllamaProvider
from arriero.models.openai import OpenAiProvider
from arriero.models.registry import make_provider
from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from arriero.models.types import ChatRequest, Message
from arriero.settings.provider import ProviderKind, ProviderSettings
from models.openai_chatting import talking
from models.openai_server import StandIn

PLAIN = SimulatedModel("plain", capabilities=("completion",), modified_ns=9)
OTHER = SimulatedModel("other", capabilities=("completion",), modified_ns=6)
EMBEDS = SimulatedModel("embeds", capabilities=("embedding",), modified_ns=10)
HIDDEN = SimulatedModel("hidden", tags_tools=False, modified_ns=8)
TOOLS = SimulatedModel("tools", modified_ns=7)


@pytest.mark.parametrize(
    ("models", "loaded", "default", "chosen"),
    [
        ([PLAIN, TOOLS], [], "mine", "mine"),
        ([PLAIN, TOOLS], [], None, "tools:latest"),
        ([PLAIN, HIDDEN, TOOLS], [], None, "hidden:latest"),
        ([PLAIN, HIDDEN, TOOLS], ["tools"], None, "tools:latest"),
        ([PLAIN, HIDDEN, TOOLS], ["plain"], None, "hidden:latest"),
        ([EMBEDS, PLAIN], [], None, "plain:latest"),
        ([PLAIN, OTHER], ["other"], None, "other:latest"),
    ],
)
async def test_choice(
    models: list[SimulatedModel], loaded: list[str], default: str | None, chosen: str
) -> None:
    async with Simulator([Turn("a")] * 3, models=models) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        for name in loaded:
            async for _ in provider.chat(ChatRequest(name, [Message("user", "Hi")])):
                pass
        assert await choose_model(provider, default) == chosen
        await provider.aclose()


@pytest.mark.parametrize(
    ("models", "said"), [([], "has no model yet"), ([EMBEDS], "has no model that can chat")]
)
async def test_no_choice_says_what_to_fetch(models: list[SimulatedModel], said: str) -> None:
    async with Simulator(models=models) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        with pytest.raises(ModelNotFound, match=f"{said}: fetch one with `ollama pull "):
            await choose_model(provider)
        await provider.aclose()


@pytest.mark.parametrize(
    ("name", "entries", "said"),
    [
        ("llamacpp", [], "has no model yet: start it with `llama-server -m MODEL.gguf`"),
        ("vllm", [], "has no model yet: start it with `vllm serve MODEL`"),
        ("lmstudio", [{"id": "text-embedding-nomic"}], "can chat: fetch one with `lms get MODEL`"),
        ("mine", [], "has no model yet: load one there"),
    ],
)
async def test_each_server_has_its_own_way_to_a_model(
    name: str, entries: list[dict[str, object]], said: str
) -> None:
    async with talking(StandIn(models=entries), name) as (_, provider):
        with pytest.raises(ModelNotFound, match=said):
            await choose_model(provider)


@pytest.mark.parametrize(("kind", "made"), [("ollama", OllamaProvider), ("openai", OpenAiProvider)])
def test_a_provider_is_made_from_its_settings(
    kind: ProviderKind, made: type[OllamaProvider | OpenAiProvider]
) -> None:
    provider = make_provider("mine", ProviderSettings(kind=kind, base_url="http://h:1/v1/"))
    assert isinstance(provider, made)
    assert (provider.name, provider.base_url) == ("mine", "http://h:1/v1")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "openai", "requires_api_key": True}, "set MY_ONE_API_KEY"),
        ({"kind": "ollama", "requires_api_key": True}, "set MY_ONE_API_KEY"),
    ],
)
def test_a_provider_that_cannot_be_made_says_why(settings: dict[str, object], said: str) -> None:
    made = ProviderSettings.model_validate({"base_url": "http://h:1", **settings})
    with pytest.raises(ModelError, match=said):
        make_provider("my-one", made)


async def test_only_the_models_that_the_settings_name_are_used() -> None:
    async with Simulator([Turn("a")], models=[PLAIN, OTHER, TOOLS]) as simulator:
        entry = ProviderSettings(
            kind="ollama", base_url=simulator.base_url, models=("other", "plain:latest", "gone")
        )
        provider = make_provider("few", entry)
        assert [one.name for one in await provider.models()] == ["plain:latest", "other:latest"]
        assert await choose_model(provider) == "plain:latest"
        assert (await provider.show("other:latest")).name == "other:latest"
        with pytest.raises(ModelNotFound, match=r"not offer tools: .*other, .*few\.models"):
            await provider.show("tools")
        with pytest.raises(ModelNotFound, match="ollama pull gone"):
            await provider.show("gone")
        await provider.aclose()


@pytest.mark.parametrize("kind", ["ollama", "openai"])
def test_further_hosts_make_a_pool(kind: ProviderKind) -> None:
    hosts = ("http://b:1", "http://a:1", "http://b:1")
    made = make_provider("mine", ProviderSettings(kind=kind, base_url="http://a:1", hosts=hosts))
    assert isinstance(made, HostPool)
    assert (made.name, made.addresses) == ("mine", ("http://a:1", "http://b:1"))
