"""What belongs between two texts, through every kind of provider."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from arriero.models.errors import (
    FillingUnsupported,
    ModelError,
    ModelNotFound,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
)
from arriero.models.filling import Filler, FillRequest
from arriero.models.hosts import HostPool
from arriero.models.ollama import OllamaProvider
from arriero.models.openai import OpenAiProvider
from arriero.models.rehearsal import Fault, Hold, SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.http import LoopbackServer, Received, Responder
from arriero.models.types import Finished, ModelDetails, RunnerOptions, TextChunk
from models.openai_server import LLAMACPP, PROPS, refused

CODER = SimulatedModel("coder", path="rendered", capabilities=("completion", "insert"))
CHATS = SimulatedModel("chats")
PLAN = RunnerOptions(num_ctx=512, keep_alive="5m")
ASK = FillRequest("coder", "a = ", "\nb = 2\n", PLAN, 16, temperature=0.1, seed=3, stop=("\n",))


async def filled(filler: Filler, request: FillRequest = ASK) -> tuple[str, Finished]:
    async def run() -> list[Any]:
        async with aclosing(filler.fill(request)) as chunks:
            return [chunk async for chunk in chunks]

    *texts, last = await asyncio.wait_for(run(), 5)
    assert all(isinstance(one, TextChunk) for one in texts)
    assert isinstance(last, Finished)
    return "".join(one.text for one in texts), last


@asynccontextmanager
async def ollama(*turns: Turn) -> AsyncIterator[tuple[Simulator, OllamaProvider]]:
    async with Simulator(turns, models=[CODER, CHATS]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url, retries=0)
        yield simulator, provider
        await provider.aclose()


async def test_ollama_is_asked_with_a_suffix_and_the_models_plan() -> None:
    async with ollama(Turn("1\nc = 3")) as (simulator, provider):
        text, last = await filled(provider)
        (asked,) = simulator.requests
    assert (text, last.reason) == ("1", "stop")
    assert last.usage.prompt_tokens > 0
    assert asked.path == "/api/generate"
    assert asked.body == {
        "model": "coder",
        "prompt": "a = ",
        "suffix": "\nb = 2\n",
        "stream": True,
        "options": {
            "num_ctx": 512,
            "num_predict": 16,
            "temperature": 0.1,
            "seed": 3,
            "stop": ["\n"],
        },
        "keep_alive": "5m",
        "think": False,
        "truncate": False,
        "shift": False,
    }


async def test_at_the_end_of_a_text_ollama_is_still_asked_to_fill() -> None:
    async with ollama(Turn("1")) as (simulator, provider):
        await filled(provider, FillRequest("coder", "a = ", ""))
        assert simulator.requests[0].body["suffix"] == "\n"


async def test_a_fill_leaves_the_model_as_it_is_loaded() -> None:
    async with ollama(Turn("1"), Turn("2"), Turn("3")) as (simulator, provider):
        for _ in range(3):
            await filled(provider)
        assert simulator.loads == ["coder:latest"]
        (loaded,) = await provider.loaded()
    assert loaded.window == 512


@pytest.mark.parametrize(
    ("request_", "turn", "kind", "said"),
    [
        (FillRequest("chats", "a", "b"), Turn(), FillingUnsupported, "set `completion.model` to"),
        (FillRequest("nope", "a", "b"), Turn(), ModelNotFound, "has no model nope"),
        (ASK, Turn("1 2", fault=Fault("cut", 1)), StreamBroken, "stopped in the middle"),
        (ASK, Turn("1 2", fault=Fault("no_done", 1)), StreamBroken, "stopped in the middle"),
        (ASK, Turn(fault=Fault("status", text="busy", status=503)), ServerBusy, "waiting"),
    ],
)
async def test_what_ollama_cannot_fill(
    request_: FillRequest, turn: Turn, kind: type[ModelError], said: str
) -> None:
    async with ollama(turn) as (_, provider):
        with pytest.raises(kind, match=said) as caught:
            await filled(provider, request_)
    assert type(caught.value) is kind


async def test_closing_the_stream_closes_ollamas_connection() -> None:
    hold = Hold(after=1)
    async with ollama(Turn("1 2 3", holds=[hold])) as (simulator, provider):
        stream = provider.fill(ASK)
        await anext(stream)
        await stream.aclose()
        (asked,) = simulator.requests
        await asyncio.wait_for(asked.ended(), 5)
        assert asked.closed_at is not None


@pytest.mark.parametrize(("model", "can"), [("coder", True), ("chats", False)])
async def test_ollama_tells_which_models_can(model: str, can: bool) -> None:
    async with ollama() as (simulator, provider):
        details = await provider.show(model)
        assert provider.can_fill(details) is can
        pool = HostPool("pool", [provider, OllamaProvider("ollama", simulator.base_url)])
        assert pool.can_fill(details) is can


async def test_a_pool_fills_at_one_of_its_hosts() -> None:
    async with ollama(Turn("1")) as (_, provider):
        dead = OllamaProvider("ollama", "http://127.0.0.1:9", retries=0)
        text, _ = await filled(HostPool("pool", [dead, provider]))
        await dead.aclose()
    assert text == "1"


# -- servers that speak OpenAI's protocol

INFILL = ({"content": "1"}, {"content": ""}, {"content": "2", "stop": False})
LAST = {"content": "", "stop": True, "stop_type": "eos", "timings": {"prompt_n": 4, "cache_n": 6}}
NO_INFILL = "Infill is not supported by this model: prefix token is missing."


@asynccontextmanager
async def compatible(
    name: str,
    events: Sequence[Mapping[str, Any]] = (),
    *,
    status: int = 200,
    body: object = None,
    done: bool = True,
) -> AsyncIterator[tuple[list[Received], OpenAiProvider]]:
    requests: list[Received] = []

    async def handle(request: Received, responder: Responder) -> None:
        requests.append(request)
        if request.path == "/v1/models":
            await responder.json(200, {"data": [LLAMACPP]})
        elif request.path == "/props":
            await responder.json(200, PROPS)
        elif body is not None:
            await responder.json(status, body)
        else:
            await responder.start("text/event-stream")
            for event in events:
                await responder.data(f"data: {json.dumps(event)}\n\n".encode())
            if done:
                await responder.data(b"data: [DONE]\n\n")
            await responder.end()

    server = LoopbackServer(handle)
    base = f"http://127.0.0.1:{await server.start()}/v1"
    provider = OpenAiProvider(name, base, timeout=5, retries=0)
    yield requests, provider
    await provider.aclose()
    await server.stop()


async def test_llama_cpp_is_asked_to_infill() -> None:
    async with compatible("llamacpp", [*INFILL, LAST], done=False) as (requests, provider):
        text, last = await filled(provider)
    assert (text, last.reason) == ("12", "stop")
    assert (last.usage.prompt_tokens, last.usage.cached_tokens) == (10, 6)
    asked = requests[-1]
    assert asked.path == "/infill"
    assert asked.body == {
        "model": "coder",
        "input_prefix": "a = ",
        "input_suffix": "\nb = 2\n",
        "prompt": "",
        "n_predict": 16,
        "stream": True,
        "cache_prompt": True,
        "temperature": 0.1,
        "seed": 3,
        "stop": ["\n"],
    }


async def test_another_server_is_asked_with_a_suffix() -> None:
    events: list[dict[str, Any]] = [
        {"choices": [{"text": "1", "index": 0}]},
        {"choices": [{"finish_reason": "length"}]},
    ]
    async with compatible("other", events) as (requests, provider):
        provider._recognised = True
        text, last = await filled(provider)
    assert (text, last.reason) == ("1", "length")
    (asked,) = requests
    assert asked.path == "/v1/completions"
    assert asked.body["prompt"] == "a = "
    assert asked.body["suffix"] == "\nb = 2\n"
    assert asked.body["max_tokens"] == 16


@pytest.mark.parametrize(
    ("name", "status", "body", "kind"),
    [
        ("llamacpp", 501, refused(501, NO_INFILL, "not_supported_error"), FillingUnsupported),
        ("llamacpp", 404, refused(404, "File Not Found", "not_found_error"), FillingUnsupported),
        ("llamacpp", 503, refused(503, "Loading model"), ServerBusy),
        ("llamacpp", 401, refused(401, "Invalid API Key"), ProviderUnavailable),
        ("vllm", 200, None, FillingUnsupported),
        ("lmstudio", 200, None, FillingUnsupported),
        ("textgen", 200, None, FillingUnsupported),
        ("other", 400, refused(400, "suffix is not currently supported"), FillingUnsupported),
        ("other", 200, {"choices": [{"text": 3}]}, StreamBroken),
    ],
)
async def test_what_such_a_server_cannot_fill(
    name: str, status: int, body: object, kind: type[ModelError]
) -> None:
    async with compatible(name, status=status, body=body) as (_, provider):
        provider._recognised = True
        with pytest.raises(ModelError) as caught:
            await filled(provider)
    assert isinstance(caught.value, kind)


@pytest.mark.parametrize(
    ("name", "capabilities", "can"),
    [
        ("llamacpp", {"completion"}, True),
        ("llamacpp", {"embedding"}, False),
        ("vllm", {"completion"}, False),
        ("mistral", {"completion"}, True),
    ],
)
def test_what_is_expected_of_a_server(name: str, capabilities: set[str], can: bool) -> None:
    provider = OpenAiProvider(name, "http://127.0.0.1:9/v1")
    assert provider.can_fill(ModelDetails("m", frozenset(capabilities))) is can


async def test_an_answer_that_is_cut_off_is_broken() -> None:
    async with compatible("llamacpp", INFILL, done=False) as (_, provider):
        with pytest.raises(StreamBroken):
            await filled(provider)
