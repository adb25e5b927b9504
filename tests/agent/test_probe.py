"""What a probe finds out of models of every kind, through the providers and over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from agent.fakes import ScriptedProvider, call, calls, say
from arriero.agent.model_profile import ModelProfile
from arriero.agent.probe import probe
from arriero.models.errors import (
    ModelError,
    ModelNotFound,
    ProviderUnavailable,
    ServerBusy,
    ToolsUnsupported,
)
from arriero.models.ollama import OllamaProvider
from arriero.models.openai import OpenAiProvider
from arriero.models.priority import Yielded
from arriero.models.rehearsal import Asked, Call, Fault, SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.script import Reply
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Provider,
    RunnerOptions,
    TextChunk,
    ThinkingChunk,
    Usage,
)
from models.openai_server import StandIn, fragment
from models.openai_server import Turn as ServerTurn

RUNNER = RunnerOptions(4096, "5m")
OBJECT = '{"tool": "read_file", "arguments": {"path": "notes.txt"}}'
TAGGED = '<tool_call>\n{"name": "read_file", "arguments": {"path": "notes.txt"}}\n</tool_call>'
READ = call("read_file", path="notes.txt")
WORDS = "I cannot see files."


async def probed(
    provider: Provider, model: str = "m", **more: Any
) -> tuple[ModelProfile, list[str]]:
    told: list[str] = []

    async def tell(sentence: str) -> None:
        told.append(sentence)

    made = await probe(
        provider, model, runner=RUNNER, digest="sha", say=tell, now=lambda: 99.0, **more
    )
    return made, told


def works(profile: ModelProfile) -> tuple[bool | None, bool | None, bool | None]:
    return profile.native_works, profile.prompted_works, profile.constrained_works


# -- against the simulator of Ollama


async def test_a_model_that_cannot_chat_is_asked_nothing() -> None:
    model = SimulatedModel("embedder", capabilities=("embedding",))
    async with Simulator(models=[model]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url, retries=0)
        with pytest.raises(ModelError, match=r"embedder cannot chat \(embedding only\)"):
            await probed(provider, "embedder")
        await provider.aclose()
        assert simulator.chats == []


def able(asked: Asked) -> Turn:
    """A model that can do everything."""
    if asked.tools:
        return Turn(thinking="Hm.", calls=[Call("read_file", {"path": "notes.txt"})])
    return Turn(OBJECT if asked.body.get("format") else TAGGED)


def only_with_schema(asked: Asked) -> Turn:
    return Turn(OBJECT if asked.body.get("format") else WORDS)


@pytest.mark.parametrize(
    ("path", "capabilities", "reply", "found", "rung"),
    [
        ("native", ("tools",), able, (True, True, True), "native"),
        ("rendered", ("tools",), able, (True, True, True), "native"),
        ("leaky", ("tools",), able, (True, True, True), "native"),
        ("native", (), able, (None, True, True), "prompted"),
        ("native", ("tools",), only_with_schema, (False, False, True), "constrained"),
        ("native", ("tools",), Turn(WORDS), (False, False, False), None),
        ("rendered", ("tools",), Turn(calls=[Call("fly", {})]), (False, False, False), None),
        ("native", ("tools",), Turn(fault=Fault("status", status=500, text="template failed")),
         (False, False, False), None),
        ("native", ("tools",), Turn("x", fault=Fault("no_done", after=1)), (None,) * 3, None),
        ("native", ("tools",), Turn(fault=Fault("status", text="requires more system memory")),
         (None,) * 3, None),
    ],
)  # fmt: skip
async def test_models_of_every_kind(
    path: Any,
    capabilities: tuple[str, ...],
    reply: Reply,
    found: tuple[bool | None, ...],
    rung: str | None,
) -> None:
    model = SimulatedModel("tiny", path, ("completion", *capabilities))
    async with Simulator([reply] * 3, models=[model]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url, retries=0)
        made, told = await probed(provider, "tiny")
        await provider.aclose()
        assert (works(made), made.rung) == (found, rung)
        assert (made.key, made.digest, made.probed_at) == ("ollama/tiny@sha", "sha", 99.0)
        assert len(simulator.chats) == len(told) == 2 + len(capabilities)
        bodies = [chat.body or {} for chat in simulator.chats]
        # One set of options for all: the model is loaded once.
        assert simulator.loads == ["tiny:latest"]
        assert {body["options"]["num_predict"] for body in bodies} == {512}
        assert {body["options"]["temperature"] for body in bodies} == {0.0}
        assert [bool(body.get("format")) for body in bodies] == [*[False] * (len(bodies) - 1), True]


async def test_speeds_and_thinking() -> None:
    model = SimulatedModel("tiny", capabilities=("completion", "tools", "thinking"))
    async with Simulator([able] * 3, models=[model]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        made, _ = await probed(provider, "tiny")
        await provider.aclose()
    assert made.thinks is True
    assert made.tokens_per_second > 0
    assert made.prompt_tokens_per_second > 0


async def test_nobody_there() -> None:
    provider = OllamaProvider("ollama", "http://127.0.0.1:9", retries=0)
    with pytest.raises(ProviderUnavailable):
        await probed(provider)
    await provider.aclose()


# -- against the stand-in of llama.cpp's server


async def test_a_compatible_server() -> None:
    arguments = '{"path": "notes.txt"}'
    native = {"tool_calls": [fragment("read_file", arguments, id="a", index=0)]}
    async with StandIn() as server:
        server.say(
            ServerTurn([native], "tool_calls"),
            ServerTurn([{"content": TAGGED[:20]}, {"content": TAGGED[20:]}]),
            ServerTurn([{"content": OBJECT}]),
        )
        provider = OpenAiProvider("llamacpp", server.base_url)
        made, _ = await probed(provider, "qwen3-8b")
        await provider.aclose()
        bodies = [chat.body or {} for chat in server.chats]
    assert (works(made), made.rung) == ((True, True, True), "native")
    assert made.tokens_per_second == round(21_000 / 213, 1)  # 3 answers of 7 tokens in 71 ms
    assert made.prompt_tokens_per_second == round(10_000 / 12, 1)  # 40 of 50 were in the cache
    assert [("tools" in body, "response_format" in body) for body in bodies] == [
        (True, False),
        (False, False),
        (False, True),
    ]


# -- failures


FINISHED = Finished("stop", Usage(10, 5))
CUT = Finished("length", Usage(10, 512))


@pytest.mark.parametrize(
    ("turns", "found"),
    [
        ([[ToolsUnsupported("x")], say(TAGGED), say(OBJECT)], (False, True, True)),
        ([[ServerBusy("x")], say(TAGGED), [ModelError("no grammar")]], (None, True, False)),
        # The limit came while it thought: that says nothing of its calls.
        ([[ThinkingChunk("Hm"), CUT], [TextChunk("<think>Hm"), CUT], say(OBJECT)],
         (None, None, True)),
        ([calls(READ), [TextChunk(TAGGED), CUT], say('{"answer": "x"}')], (True, True, False)),
        ([calls(call("read_file", path="other")), say(""), say(OBJECT[:-9])],
         (False, False, False)),
        ([calls(call("list_directory", path="notes.txt")), say(WORDS), say(WORDS)], (False,) * 3),
    ],
)  # fmt: skip
async def test_one_rung_does_not_end_it(turns: Any, found: tuple[bool | None, ...]) -> None:
    made, _ = await probed(ScriptedProvider(turns))
    assert works(made) == found


@pytest.mark.parametrize("error", [ProviderUnavailable("gone"), ModelNotFound("gone"), Yielded()])
async def test_what_ends_it(error: ModelError) -> None:
    provider = ScriptedProvider([calls(READ), [error]])
    with pytest.raises(type(error)):
        await probed(provider)
    assert len(provider.requests) == 2


async def test_thinking_that_is_printed_counts() -> None:
    turns = [say(WORDS), say(f"<think>Hm</think>{TAGGED}"), say(OBJECT)]
    made, _ = await probed(ScriptedProvider([*turns]))
    assert made.thinks is True
    made, _ = await probed(ScriptedProvider([calls(READ), say(TAGGED), say(OBJECT)]))
    assert made.thinks is False


class Slow(ScriptedProvider):
    """Answers the first request, and none after it."""

    def chat(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        if self.requests:
            self.turns.append([TextChunk("x"), asyncio.Event(), FINISHED])
        return super().chat(request)


async def test_a_slow_model_keeps_what_it_has_shown() -> None:
    provider = Slow([calls(READ)])
    made, told = await probed(provider, timeout=0.2)
    assert works(made) == (True, None, None)
    assert (made.rung, made.probed_at) == ("native", 99.0)
    assert "slow" in told[-1]
    assert provider.closed_early == 1


async def test_cancelling_closes_the_stream() -> None:
    provider = Slow([calls(READ)])
    second = asyncio.Event()

    async def tell(_: str) -> None:
        if provider.requests:
            second.set()

    work = asyncio.ensure_future(
        probe(provider, "m", runner=RUNNER, digest="", say=tell, timeout=60)
    )
    await asyncio.wait_for(second.wait(), 10)
    while len(provider.requests) < 2:
        await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert provider.closed_early == 1


async def test_all_requests_have_the_same_options() -> None:
    provider = ScriptedProvider([calls(READ), say(TAGGED), say(OBJECT)])
    await probed(provider)
    assert {(one.runner, one.max_tokens, one.temperature) for one in provider.requests} == {
        (RUNNER, 512, 0.0)
    }
    native = provider.requests[0]
    assert [one.think for one in provider.requests] == [None, None, False]
    assert replace(native, tools=()) != native
