"""Answers that break, requests that are refused, servers that are not there, and retries."""

from __future__ import annotations

import asyncio

import pytest

from arriero.models.errors import (
    CallUnreadable,
    ModelError,
    ModelNotFound,
    NoMemory,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
    ToolsUnsupported,
    WindowExceeded,
)
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import Fault, Hold, SimulatedModel, Simulator, Turn
from arriero.models.types import (
    ChatRequest,
    Message,
    TextChunk,
)
from models.chatting import HELLO, READ, collect, started, text


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Fault("error", after=1, text="boom"), StreamBroken, "stopped in the middle"),
        (Fault("error", after=0, text="boom"), ModelError, r"refused the request \(boom\)"),
        (Fault("cut", after=2), StreamBroken, "stopped in the middle"),
        (Fault("no_done", after=2), StreamBroken, "stopped in the middle"),
        (Fault("no_done", after=0), StreamBroken, "stopped in the middle"),
        (Fault("rubbish", after=1), StreamBroken, "stopped in the middle"),
        (Fault("rubbish", after=1, data=b"[]\n"), StreamBroken, "stopped in the middle"),
        (Fault("rubbish", after=1, data=b"{}\n"), StreamBroken, "not one of Ollama's"),
        (Fault("crash", after=2), StreamBroken, "crashed in Ollama"),
        (Fault("crash", after=0), StreamBroken, "crashed in Ollama"),
        (Fault("status", status=503, text="server busy"), ServerBusy, "try again in a moment"),
        (Fault("status", status=401, text="unauthorized"), ProviderUnavailable, "OLLAMA_API_KEY"),
        (Fault("status", status=403, text=""), ProviderUnavailable, "OLLAMA_HOST"),
        (
            Fault("status", text="model requires more system memory (9 GiB) than is available"),
            NoMemory,
            "smaller model",
        ),
        (
            Fault("error", after=1, text="error parsing tool call: raw='{'"),
            CallUnreadable,
            "could not read",
        ),
        (
            Fault("status", status=500, text="XML syntax error on line 7: unexpected EOF"),
            CallUnreadable,
            "could not read",
        ),
    ],
)
async def test_broken_answers(
    simulator: Simulator,
    provider: OllamaProvider,
    fault: Fault,
    error: type[ModelError],
    said: str,
) -> None:
    simulator.say(Turn("a b c", fault=fault))
    with pytest.raises(error, match=said) as caught:
        await collect(provider)
    assert type(caught.value) is error
    assert str(caught.value).count("\n") == 0
    assert caught.value.cause


async def test_what_was_said_before_a_break_is_given(
    simulator: Simulator, provider: OllamaProvider
) -> None:
    simulator.say(Turn("a b c", fault=Fault("crash", after=3)))
    said = ""
    with pytest.raises(StreamBroken):  # noqa: PT012 - what came before is the point
        async for chunk in provider.chat(HELLO):
            assert isinstance(chunk, TextChunk)
            said += chunk.text
    assert said == "a b"


@pytest.mark.parametrize(
    ("request_", "error", "said"),
    [
        (
            ChatRequest("nope", HELLO.messages),
            ModelNotFound,
            r"`ollama pull nope`, or choose one that is there: plain, can, rendered\.",
        ),
        (ChatRequest("plain", HELLO.messages, tools=[READ]), ToolsUnsupported, "ollama pull"),
        (ChatRequest("plain", HELLO.messages, think=True), ModelError, "agent.think"),
        (
            ChatRequest("can", [Message("user", "word " * 9000)]),
            WindowExceeded,
            "needs 18008 tokens, and the window of can has 4096",
        ),
        (
            ChatRequest("rendered", [Message("user", "word " * 9000)]),
            WindowExceeded,
            "longer than the window",
        ),
    ],
)
async def test_requests_that_ollama_refuses(
    request_: ChatRequest, error: type[ModelError], said: str
) -> None:
    models = [
        SimulatedModel("plain", capabilities=("completion",)),
        SimulatedModel("can"),
        SimulatedModel("rendered", path="rendered"),
    ]
    async with Simulator(models=models) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        with pytest.raises(error, match=said) as caught:
            await collect(provider, request_)
        await provider.aclose()
    if isinstance(caught.value, WindowExceeded) and request_.model == "can":
        assert (caught.value.prompt, caught.value.window) == (18008, 4096)


async def test_no_ollama_says_how_to_start_it() -> None:
    async with Simulator() as simulator:
        address = simulator.base_url
    provider = OllamaProvider("ollama", address)
    with pytest.raises(ProviderUnavailable, match="`ollama serve`") as caught:
        await collect(provider)
    assert address in str(caught.value)
    with pytest.raises(ProviderUnavailable, match="`ollama serve`"):
        await provider.version()
    await provider.aclose()


async def test_loading_may_take_longer_than_the_timeout() -> None:
    hold = Hold(0)
    async with Simulator([Turn("a", holds=[hold])]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url, timeout=0.05)
        task = await started(provider, hold)
        await asyncio.sleep(0.15)
        assert not task.done()
        hold.release()
        assert text(await asyncio.wait_for(task, 5)) == "a"
        await provider.aclose()


async def test_silence_after_the_first_piece_is_an_error() -> None:
    turn = Turn("a b", fault=Fault("hang", after=1))
    async with Simulator([turn]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url, timeout=0.05)
        with pytest.raises(StreamBroken, match=r"providers\.ollama\.timeout"):
            await collect(provider)
        await asyncio.wait_for(simulator.requests[-1].ended(), 5)
        await provider.aclose()


@pytest.mark.parametrize(
    ("fault", "retries", "asked"),
    [
        (Fault("status", status=503, text="server busy"), 2, 2),
        (Fault("cut"), 1, 2),
        (Fault("cut"), 0, 1),
        (Fault("cut", after=1), 2, 1),
        (Fault("error", text="boom"), 2, 1),
    ],
)
async def test_only_what_failed_before_the_answer_is_repeated(
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    retries: int,
    asked: int,
) -> None:
    monkeypatch.setattr("arriero.models.ollama.client._FIRST_PAUSE", 0.001)
    simulator.say(Turn("a b", fault=fault), Turn("well"))
    provider = OllamaProvider("ollama", simulator.base_url, retries=retries)
    if asked == 2:
        assert text(await collect(provider)) == "well"
    else:
        with pytest.raises(ModelError):
            await collect(provider)
    assert len(simulator.chats) == asked
    await provider.aclose()
