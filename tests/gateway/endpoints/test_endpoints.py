"""Lists, vectors and counts, as the packages of their clients read them."""

from __future__ import annotations

import base64
import struct
from typing import Any

import ollama
import pytest

from arriero.gateway.dialect import Refused
from arriero.gateway.endpoints.counting import count_tokens
from arriero.gateway.endpoints.embeddings import embed, embed_one, embeddings
from arriero.gateway.endpoints.listing import list_models, one_model
from arriero.gateway.endpoints.ollama_listing import VERSION, loaded, show, tags, version
from arriero.models.errors import ModelNotFound
from gateway.endpoints.fakes import FakeModels, FakeServer

HELLO = {"model": "qwen3", "messages": [{"role": "user", "content": "Hello"}]}


async def test_models_are_listed_for_both_kinds_of_clients() -> None:
    from anthropic.types import ModelInfo  # with openai 2 s, which other tests collect without
    from openai.types import Model

    listed = await list_models("", FakeModels())
    (model,) = listed["data"]
    assert Model.model_validate(model).id == "qwen3:latest"
    assert ModelInfo.model_validate(model).display_name == "qwen3:latest"
    assert (listed["object"], listed["has_more"]) == ("list", False)
    assert listed["first_id"] == listed["last_id"] == "qwen3:latest"


@pytest.mark.parametrize("name", ["qwen3", "qwen3:latest"])
async def test_one_model(name: str) -> None:
    assert (await one_model(name, FakeModels()))["id"] == name


async def test_no_such_model() -> None:
    with pytest.raises(ModelNotFound):
        await one_model("gone", FakeModels())


@pytest.mark.parametrize("given", ["abc", ["abc", "de"]])
async def test_embeddings(given: Any) -> None:
    from openai.types import CreateEmbeddingResponse

    answer = (await embeddings({"model": "qwen3", "input": given}, FakeModels())).body
    read = CreateEmbeddingResponse.model_validate(answer)
    texts = [given] if isinstance(given, str) else given
    assert [one.embedding for one in read.data] == [[len(text), 0.5] for text in texts]
    assert [one.index for one in read.data] == list(range(len(texts)))
    assert read.usage.prompt_tokens >= len(texts)


@pytest.mark.parametrize("read", [None, 7])
async def test_tokens_of_texts_are_those_that_the_server_tells(read: int | None) -> None:
    models = FakeModels(FakeServer(read=read))
    of_openai = await embeddings({"model": "qwen3", "input": "a b"}, models)
    of_ollama = await embed({"model": "qwen3", "input": "a b"}, models)
    older = await embed_one({"model": "qwen3", "prompt": "a b"}, models)
    tokens = of_openai.tokens
    assert tokens == read or (read is None and tokens > 0)
    assert of_openai.body["usage"] == {"prompt_tokens": tokens, "total_tokens": tokens}
    assert (of_ollama.body["prompt_eval_count"], of_ollama.tokens, older.tokens) == (tokens,) * 3
    assert {one.model for one in (of_openai, of_ollama, older)} == {"qwen3:latest"}
    nothing = [
        await embed({"model": "qwen3", "input": ""}, models),
        await embed_one({"model": "qwen3", "prompt": ""}, models),
    ]
    assert [one.tokens for one in nothing] == [0, 0]


async def test_embeddings_in_base64() -> None:
    body = {"model": "qwen3", "input": "abc", "encoding_format": "base64", "dimensions": 2}
    (one,) = (await embeddings(body, FakeModels())).body["data"]
    assert struct.unpack("<2f", base64.b64decode(one["embedding"])) == (3.0, 0.5)


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"input": [1, 2, 3]}, "input"),
        ({"input": [[1, 2], [3]]}, "input"),
        ({"input": []}, "input"),
        ({"input": ["a", ""]}, "input"),
        ({}, "input"),
        ({"input": "a", "dimensions": 256}, "dimensions"),
        ({"input": "a", "encoding_format": "int8"}, "encoding_format"),
    ],
)
async def test_what_cannot_be_embedded(body: dict[str, Any], parameter: str) -> None:
    with pytest.raises(Refused) as caught:
        await embeddings({"model": "qwen3", **body}, FakeModels())
    assert (caught.value.fault, caught.value.parameter) == ("invalid", parameter)


async def test_ollamas_vectors() -> None:
    models = FakeModels()
    answer = (await embed({"model": "qwen3", "input": ["abc", "de"]}, models)).body
    assert ollama.EmbedResponse.model_validate(answer).embeddings == [[3, 0.5], [2, 0.5]]
    assert (await embed({"model": "qwen3", "input": ""}, models)).body["embeddings"] == []
    one = await embed_one({"model": "qwen3", "prompt": "abc"}, models)
    assert one.body == {"embedding": [3, 0.5]}
    with pytest.raises(Refused, match="model is required"):
        await embed({"input": "abc"}, models)


async def test_tokens_are_counted_by_the_server_that_can() -> None:
    from anthropic.types import MessageTokensCount

    server = FakeServer(tokens=77)
    answer = await count_tokens(HELLO, FakeModels(server))
    assert MessageTokensCount.model_validate(answer).input_tokens == 77
    (request,) = server.counted
    assert (request.model, request.runner.num_ctx) == ("qwen3:latest", 8192)


async def test_tokens_are_estimated_elsewhere() -> None:
    few = await count_tokens(HELLO, FakeModels())
    more = await count_tokens({**HELLO, "system": "Be kind. " * 100}, FakeModels())
    assert 1 < few["input_tokens"] < more["input_tokens"] - 200


async def test_ollamas_lists() -> None:
    models = FakeModels()
    (listed,) = ollama.ListResponse.model_validate(await tags("", models)).models
    assert (listed.model, listed.size, listed.digest) == ("qwen3:latest", 1000, "sha")
    (running,) = ollama.ProcessResponse.model_validate(await loaded("", models)).models
    assert (running.context_length, running.size_vram) == (8192, 1000)
    assert await version("", models) == {"version": VERSION}
    assert tuple(map(int, VERSION.split("."))) >= (0, 13, 4)  # Codex asks for it


@pytest.mark.parametrize("field", ["model", "name"])
async def test_ollamas_show(field: str) -> None:
    shown = ollama.ShowResponse.model_validate(await show({field: "qwen3"}, FakeModels()))
    assert shown.modelinfo is not None
    assert shown.modelinfo["qwen3.context_length"] == 8192  # in use, not what it was trained for
    assert shown.capabilities == ["completion", "tools"]
    with pytest.raises(Refused, match="model is required"):
        await show({}, FakeModels())
