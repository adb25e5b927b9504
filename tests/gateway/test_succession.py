"""A chain of models over HTTP: where one fails before its first word, the next one answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from arriero.gateway.names import wanted
from arriero.gateway.succession import Aside, Succession
from arriero.models import chain
from arriero.models.chain import Wanted
from arriero.models.errors import ModelError, ModelNotFound, ProviderUnavailable
from arriero.models.rehearsal import Call, Fault, SimulatedModel, Simulator, Turn
from arriero.settings.model import Settings
from gateway.gateway_server import Running, places, running

FIRST = SimulatedModel("first", capabilities=("completion", "tools"))
SECOND = SimulatedModel("second", capabilities=("completion", "tools"))
CHAIN = "first, else second@two"
BUSY = Turn(fault=Fault("status", text="server busy, please try again.", status=503))
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places(tmp_path, monkeypatch)


@asynccontextmanager
async def chained(base: Path, one: Simulator, two: Simulator, **own: Any) -> AsyncIterator[Running]:
    """A gateway over two providers of which the second is used where the first fails."""
    more = {"two": {"kind": "ollama", "base_url": two.base_url, "max_retries": 0}}
    async with running(base, one, more=more, **{"inject_tools": "never", **own}) as gateway:
        yield gateway


TOOL = {
    "name": "weather",
    "description": "",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
SAID = [{"role": "user", "content": "Hello"}]
# Path, and what a request has beside its model: without tools and with.
DIALECTS: dict[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "chat": (
        "/v1/chat/completions",
        {"messages": SAID},
        {"tools": [{"type": "function", "function": TOOL}]},
    ),
    "responses": ("/v1/responses", {"input": "Hello"}, {"tools": [{"type": "function", **TOOL}]}),
    "messages": (
        "/v1/messages",
        {"messages": SAID, "max_tokens": 100},
        {"tools": [{"name": "weather", "input_schema": TOOL["parameters"]}]},
    ),
    "ollama": (
        "/api/chat",
        {"messages": SAID},
        {"tools": [{"type": "function", "function": TOOL}]},
    ),
}


async def asked(
    gateway: Running, dialect: str, *, stream: bool, tools: bool, model: str = CHAIN
) -> httpx.Response:
    path, body, more = DIALECTS[dialect]
    sent = {"model": model, "stream": stream, **body, **(more if tools else {})}
    return await gateway.http.post(path, json=sent)


async def metrics(gateway: Running) -> str:
    return (await gateway.http.get("/metrics")).text


@pytest.mark.parametrize("tools", [False, True], ids=["words", "tools"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_next_one_answers(
    tmp_path: Path, dialect: str, stream: bool, tools: bool
) -> None:
    """Whatever the interface; the answer's head, the metrics and nothing of its text tell it."""
    call = Turn(calls=[Call("weather", {"city": "Cadiz"})]) if tools else Turn(["Sunny."])
    async with (
        Simulator([BUSY], models=[FIRST]) as one,
        Simulator([call], models=[SECOND]) as two,
        chained(tmp_path, one, two) as gateway,
    ):
        answer = await asked(gateway, dialect, stream=stream, tools=tools)
        assert answer.status_code == 200
        assert ("Cadiz" if tools else "Sunny.") in answer.text
        assert "busy" not in answer.text
        assert answer.headers["x-arriero-model"] == "two/second"
        assert answer.headers["x-arriero-instead-of"] == "ollama/first"
        assert (len(one.chats), len(two.chats)) == (1, 1)
        told = await metrics(gateway)
    name = "ollama_chat" if dialect == "ollama" else dialect
    assert f'arriero_requests_total{{dialect="{name}",model="second",status="200"}} 1.0' in told
    assert 'arriero_takeovers_total{model="second"} 1.0' in told


async def test_the_first_answers_where_it_can(tmp_path: Path) -> None:
    async with (
        Simulator([Turn("Hi.")], models=[FIRST]) as one,
        Simulator([], models=[SECOND]) as two,
        chained(tmp_path, one, two) as gateway,
    ):
        answer = await asked(gateway, "chat", stream=True, tools=False)
        assert answer.headers["x-arriero-model"] == "ollama/first"
        assert "x-arriero-instead-of" not in answer.headers
        assert "arriero_takeovers_total{" not in await metrics(gateway)


async def test_never_once_words_were_said(tmp_path: Path) -> None:
    async with (
        Simulator([Turn("Half of it", fault=Fault("cut", 2))], models=[FIRST]) as one,
        Simulator([Turn(["Other"])], models=[SECOND]) as two,
        chained(tmp_path, one, two) as gateway,
    ):
        answer = await asked(gateway, "chat", stream=True, tools=False)
        assert "Hal" in answer.text
        assert "error" in answer.text
        assert "Other" not in answer.text
        assert not two.chats


async def test_what_is_wrong_with_the_request_stays_where_it_is(tmp_path: Path) -> None:
    tiny = SimulatedModel("first", capabilities=("completion", "tools"), trained_window=256)
    async with (
        Simulator([], models=[tiny]) as one,
        Simulator([Turn("Fits.")], models=[SECOND]) as two,
        chained(tmp_path, one, two) as gateway,
    ):
        answer = await gateway.chat("word " * 2000, model=CHAIN)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "context_length_exceeded"
        assert not two.chats


async def test_a_chain_that_is_spent_tells_what_the_last_said(tmp_path: Path) -> None:
    async with (
        Simulator([BUSY], models=[FIRST]) as one,
        Simulator([BUSY], models=[SECOND]) as two,
        chained(tmp_path, one, two) as gateway,
    ):
        answer = await gateway.chat("Hello", model=f"{CHAIN}, else gone@two")
        assert answer.status_code == 503
        told = answer.json()["error"]["message"]
        assert told.count("The others:") == 1
        assert told.count("no model gone") == 1
        assert (len(one.chats), len(two.chats)) == (1, 1)


async def test_a_chain_of_which_nobody_is_there_tells_of_all(tmp_path: Path) -> None:
    async with (
        Simulator([], models=[SECOND]) as one,
        Simulator([], models=[SECOND]) as two,
        chained(tmp_path, one, two) as gateway,
    ):
        answer = await gateway.chat("Hello", model="first, else gone@two, else gone@two")
        assert answer.status_code == 404
        told = answer.json()["error"]["message"]
        assert told.count("no model gone") == 1
        assert told.count("no model first") == 1
        assert told.index("gone") < told.index("first")


@pytest.mark.parametrize("model", ["", "default", CHAIN])
async def test_who_is_not_there_is_passed_over(tmp_path: Path, model: str) -> None:
    """Also where the settings name the chain and the client names nothing."""
    async with (
        Simulator([], models=[SECOND]) as one,
        Simulator([Turn("Hi.")], models=[SECOND]) as two,
        chained(tmp_path, one, two, model=CHAIN) as gateway,
    ):
        answer = await gateway.chat("Hello", model=model)
        assert answer.headers["x-arriero-model"] == "two/second"
        assert answer.json()["model"] == (model if model == CHAIN else model or "second")
        assert 'arriero_takeovers_total{model="second"} 1.0' in await metrics(gateway)


async def test_a_run_falls_over_too(tmp_path: Path) -> None:
    """In its second step, and says so: in the answer's steps and to the metrics."""
    look = Turn("Let me look.", calls=[Call("list_directory", {"path": "."})])
    async with (
        Simulator([look, BUSY], models=[FIRST]) as one,
        Simulator([Turn("Nothing is there.")], models=[SECOND]) as two,
        chained(tmp_path, one, two, inject_tools="auto") as gateway,
    ):
        answer = await gateway.chat("What is there?", model=CHAIN)
        message = answer.json()["choices"][0]["message"]
        assert message["content"] == "Nothing is there."
        assert "second of two answers from now on" in message["reasoning_content"]
        assert answer.headers["x-arriero-model"] == "two/second"
        assert answer.headers["x-arriero-instead-of"] == "ollama/first"
        told = await metrics(gateway)
    assert 'arriero_takeovers_total{model="second"} 1.0' in told
    assert 'arriero_tokens_total{direction="out",model="second"}' in told


async def test_the_head_of_a_stream_tells_who_begins_a_run(tmp_path: Path) -> None:
    async with (
        Simulator([BUSY], models=[FIRST]) as one,
        Simulator([Turn("Hi.")], models=[SECOND]) as two,
        chained(tmp_path, one, two, inject_tools="auto") as gateway,
    ):
        answer = await asked(gateway, "chat", stream=True, tools=False)
        assert answer.headers["x-arriero-model"] == "two/second"
        assert "Hi." in answer.text


NAMES: list[tuple[str, list[tuple[str, str]]]] = [
    ("a", [("a", "ollama")]),
    ("two/a", [("a", "two")]),
    ("a@two", [("a", "two")]),
    ("a@three", [("a@three", "ollama")]),
    ("org/a", [("org/a", "ollama")]),
    ("two/a+plain", [("a", "two")]),
    ("a, else two/b, else c@two+tools", [("a", "ollama"), ("b", "two"), ("c", "two")]),
    ("", [("set", "ollama"), ("other", "two")]),
    ("arriero+plain", [("set", "ollama"), ("other", "two")]),
    ("ollama/default", [("set", "ollama"), ("other", "two")]),
    ("two/", [("mine", "two"), ("yours", "two")]),
    ("bare/default", [("", "bare")]),
]


@pytest.mark.parametrize(("name", "meant"), NAMES, ids=[row[0] or "none" for row in NAMES])
def test_whom_a_name_means(name: str, meant: list[tuple[str, str]]) -> None:
    def provider(**more: str) -> dict[str, str]:
        return {"kind": "ollama", "base_url": NOWHERE, **more}

    given = {
        "model": "set, else other@two",
        "providers": {
            "ollama": provider(),
            "two": provider(default_model="mine, else yours"),
            "bare": provider(),
        },
    }
    settings = Settings.model_validate(given)
    assert [(one.model, one.provider) for one in wanted(name, settings)] == meant


async def test_who_did_not_answer_comes_last_for_a_while() -> None:
    """A server that is switched off may take seconds to fail."""
    now = [0.0]
    asked_for: list[str] = []

    async def find(one: Wanted) -> Any:
        asked_for.append(one.model)
        raise failing[one.model]

    failing: dict[str, ModelError] = {
        "a": ProviderUnavailable("not there"),
        "b": ModelNotFound("not known"),
    }
    aside = Aside(lambda: now[0])
    both = (Wanted("a", "one"), Wanted("b", "two"))
    for at, order in ((0.0, "ab"), (9.0, "ba"), (20.0, "ab")):
        now[0] = at
        asked_for.clear()
        with pytest.raises(ModelError):
            await Succession(find, both, aside).begin()
        assert "".join(asked_for) == order


async def test_who_does_not_answer_at_all_keeps_the_next_from_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain, "PATIENCE", 0.01)

    async def find(one: Wanted) -> Any:
        if one.model == "a":
            await asyncio.Event().wait()
        raise ModelNotFound("b is asked")

    stuck = (Wanted("a", "one"), Wanted("b", "two"))
    with pytest.raises(ModelNotFound, match="b is asked"):
        await Succession(find, stuck, Aside(lambda: 0.0)).begin()


async def test_a_name_cannot_write_headers(tmp_path: Path) -> None:
    """Some servers take any name for the model that they have."""
    name = "fi\r\nx-more: 1\u00e9"
    async with (
        Simulator([Turn("Hi.")], models=[SimulatedModel(name)]) as one,
        running(tmp_path, one, inject_tools="never") as gateway,
    ):
        answer = await gateway.chat("Hello", model=name)
        assert answer.status_code == 200
        assert answer.headers["x-arriero-model"] == "ollama/fi?x-more:?1?"
        assert "x-more" not in answer.headers
