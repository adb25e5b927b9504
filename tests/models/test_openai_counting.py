"""How the tokens of a prompt are counted by servers that can, and that nobody waits for others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from arriero.models.ollama import OllamaProvider
from arriero.models.openai.counting import TokenCounter
from arriero.models.openai.servers import named
from arriero.models.rehearsal import Simulator
from arriero.models.types import Message
from models.openai_chatting import HELLO, talking
from models.openai_server import LLAMACPP, LOADING, MODEL, StandIn, Turn

PROMPT = "<|im_start|>user\nHello<|im_end|>"
VLLM = {"id": MODEL, "owned_by": "vllm"}
LLAMACPP_SERVER = named("llamacpp")
OTHER = {"id": MODEL, "owned_by": "x"}


def counting(entry: Mapping[str, Any] = LLAMACPP, refusing: Turn | None = None) -> StandIn:
    tokens = {"tokens": [1, 2, 3], "count": 7}
    return StandIn([entry], template={"prompt": PROMPT}, tokens=tokens, refusing=refusing)


def paths(server: StandIn) -> list[str]:
    return [one.path for one in server.requests]


@pytest.mark.parametrize("name", ["llamacpp", "mine"])
async def test_llamacpp_renders_the_whole_request_and_counts_it(name: str) -> None:
    async with talking(counting(), name) as (server, provider):
        assert await provider.count_tokens(dataclasses.replace(HELLO, think=False)) == 3
        rendered, counted = (one.body for one in server.requests[-2:])
        addresses = paths(server)[-2:]
        server.say(Turn([{"content": "a"}]))
        async for _ in provider.chat(dataclasses.replace(HELLO, think=False)):
            pass
        chat = dict(server.chats[0].body)
    assert addresses == ["/apply-template", "/tokenize"]
    assert rendered == {key: chat[key] for key in chat if key not in {"stream", "stream_options"}}
    assert rendered["tools"]
    assert counted == {
        "model": MODEL,
        "content": PROMPT,
        "add_special": True,
        "parse_special": True,
    }


@pytest.mark.parametrize(
    ("of_tools", "tools", "expected", "asked"),
    [
        (5, True, [12, 12, 12], 4),  # the first count also finds out whether tools are counted
        (0, True, [None, None, None], 4),
        (5, False, [7, 7, 7], 3),
        (0, False, [7, 7, 7], 3),
    ],
)
async def test_vllm_counts_messages_and_tools_or_nothing(
    of_tools: int, tools: bool, expected: list[int | None], asked: int
) -> None:
    stand_in = StandIn([VLLM], tokens=lambda body: {"count": 7 + of_tools * ("tools" in body)})
    request = dataclasses.replace(HELLO, think=True, tools=HELLO.tools if tools else ())
    async with talking(stand_in, "vllm") as (server, provider):
        assert [await provider.count_tokens(request) for _ in expected] == expected
        assert paths(server) == ["/tokenize"] * asked
        keys = {"model", "messages", "chat_template_kwargs", *(["tools"] if tools else [])}
        assert set(server.requests[0].body) == keys


@pytest.mark.parametrize(
    ("name", "stand_in"),
    [
        ("lmstudio", counting(OTHER)),
        ("mine", counting(OTHER)),
        ("llamacpp", StandIn()),
        ("llamacpp", StandIn(template={"prompt": PROMPT})),
        ("llamacpp", StandIn(template={"no": "prompt"}, tokens={"tokens": [1]})),
        ("llamacpp", StandIn(template={"prompt": PROMPT}, tokens={"tokens": "1"})),
        ("llamacpp", StandIn(refusing=LOADING)),
        ("llamacpp", StandIn(refusing=Turn(status=500, body="<html>"))),
        ("vllm", StandIn(models=[VLLM])),
        ("vllm", StandIn(models=[VLLM], tokens={"count": "many"})),
    ],
)
async def test_no_count_is_no_error(name: str, stand_in: StandIn) -> None:
    async with talking(stand_in, name) as (_, provider):
        assert await provider.count_tokens(HELLO) is None


async def test_no_count_without_a_server(provider: OllamaProvider) -> None:
    async with talking(name="llamacpp") as (server, gone):
        await server._server.stop()
        assert await gone.count_tokens(HELLO) is None
    assert await provider.count_tokens(HELLO) is None


async def test_ollama_is_not_asked_to_count(simulator: Simulator, provider: OllamaProvider) -> None:
    assert await provider.count_tokens(HELLO) is None
    assert simulator.requests == []


async def test_a_prompt_with_images_has_no_count() -> None:
    messages = [Message("user", "See", images=(b"\x89PNG",))]
    async with talking(counting()) as (server, provider):
        assert await provider.count_tokens(dataclasses.replace(HELLO, messages=messages)) is None
        assert server.requests == []


async def test_a_route_that_is_missing_is_not_asked_for_again() -> None:
    async with talking(StandIn()) as (server, provider):
        for _ in range(3):
            assert await provider.count_tokens(HELLO) is None
        assert paths(server) == ["/apply-template"]


@pytest.mark.parametrize(
    ("waited", "asked", "expected"), [(0, 1, None), (59, 1, None), (61, 3, 3), (9999, 3, 3)]
)
async def test_after_a_failure_the_server_is_left_alone_for_a_while(
    waited: float, asked: int, expected: int | None
) -> None:
    now = 100.0
    async with talking(counting(refusing=LOADING)) as (server, provider):
        counter = TokenCounter(provider._counted, lambda: now)

        assert await counter.count(HELLO, LLAMACPP_SERVER) is None
        server.refusing = None
        now += waited
        assert await counter.count(HELLO, LLAMACPP_SERVER) == expected
        assert len(server.requests) == asked
