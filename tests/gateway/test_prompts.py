"""Prompts that stand alone: raw ones, with a template, with the tokens of an answer of before."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from arriero.cli.trials.picture import red_square
from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.http import LoopbackServer, Received, Responder
from gateway.gateway_server import Running, places, running

FIM = "<|fim_prefix|>def f(a, b):\n    return <|fim_suffix|>\n<|fim_middle|>"
ROUTE = "/v1/completions"
PNG = base64.b64encode(red_square(1)).decode()
MODELS = (
    SimulatedModel("rehearsal", capabilities=("completion", "insert", "thinking", "vision")),
    SimulatedModel("blind", capabilities=("completion",)),
)


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    places(tmp_path, monkeypatch)
    async with Simulator(models=MODELS) as simulator, running(tmp_path, simulator) as made:
        yield made


async def generate(gateway: Running, **fields: Any) -> list[dict[str, Any]]:
    """Ask, and return the lines of the answer."""
    answer = await gateway.http.post("/api/generate", json={"model": "rehearsal", **fields})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def asked(gateway: Running) -> dict[str, Any]:
    """Return what the model's server was asked last for an answer."""
    last = gateway.simulator.requests[-1]
    assert last.path == "/api/generate"
    return dict(last.body)


FORMS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("raw", {"prompt": FIM, "raw": True}, {"prompt": FIM, "raw": True, "think": False}),
    ("raw without marks", {"prompt": "a = ", "raw": True}, {"prompt": "a = ", "raw": True}),
    (
        "raw with a suffix, which Ollama passes over",
        {"prompt": FIM, "raw": True, "suffix": "x"},
        {"prompt": FIM, "suffix": None},
    ),
    (
        "a template",
        {"prompt": "x", "template": "Q: {{ .Prompt }} A:", "system": "Be kind."},
        {"prompt": "x", "template": "Q: {{ .Prompt }} A:", "system": "Be kind.", "raw": None},
    ),
    ("a context", {"prompt": "x", "context": [1, 2]}, {"prompt": "x", "context": [1, 2]}),
    ("pictures", {"prompt": "x", "images": [PNG]}, {"prompt": "x", "images": [PNG]}),
    ("a form", {"prompt": "x", "format": "json"}, {"format": "json"}),
]


async def test_what_ollama_is_asked(gateway: Running) -> None:
    options = {"num_predict": 9, "stop": ["END"], "top_p": 0.5, "num_ctx": 77}
    for what, fields, sent in FORMS:
        gateway.simulator.say(Turn('{"a": 1}'))
        lines = await generate(gateway, **fields, options=options)
        assert "".join(line["response"] for line in lines) == '{"a": 1}', what
        assert (lines[-1]["done"], lines[-1]["done_reason"]) == (True, "stop")
        body = asked(gateway)
        assert {name: body.get(name) for name in sent} == sent, what
        told = body["options"]
        assert (told["num_predict"], told["stop"], told["top_p"]) == (9, ["END"], 0.5)
        # Nothing loads the model anew, and nothing is cut.
        assert told.get("num_ctx") != 77
        assert (body["truncate"], body["shift"]) == (False, False)


async def test_the_prompt_reaches_the_model_as_it_is(gateway: Running) -> None:
    """The simulator counts what the model reads: raw, in the model's own form, in another."""
    gateway.simulator.say(*(Turn("b") for _ in range(4)))
    counts = [
        (await generate(gateway, **fields))[-1]["prompt_eval_count"]
        for fields in (
            {"prompt": "x", "raw": True},
            {"prompt": "x"},
            {"prompt": "x", "template": "{{ .Prompt }}!"},
            {"prompt": "x", "template": "{{ .Prompt }}!", "context": [5, 6, 7]},
        )
    ]
    assert counts[0] == 1
    assert counts[1] > 4
    assert counts[2:] == [2, 5]


async def test_an_answer_goes_on_from_the_tokens_of_one_before(gateway: Running) -> None:
    gateway.simulator.say(Turn("one"), Turn("two"), Turn("three"))
    first = (await generate(gateway, prompt="x"))[-1]
    assert first["context"]
    last = (await generate(gateway, prompt="y", context=first["context"]))[-1]
    assert asked(gateway)["context"] == first["context"]
    assert last["context"][: len(first["context"])] == first["context"]
    assert len(last["context"]) > len(first["context"])
    assert "context" not in (await generate(gateway, prompt="z", raw=True))[-1]


async def test_whole_and_streamed_say_the_same(gateway: Running) -> None:
    turn = Turn("a b c")
    gateway.simulator.say(turn, turn)
    lines = await generate(gateway, prompt=FIM, raw=True)
    (whole,) = await generate(gateway, prompt=FIM, raw=True, stream=False)
    assert whole["response"] == "".join(line["response"] for line in lines) == "a b c"
    assert whole["eval_count"] == lines[-1]["eval_count"] > 0


async def test_a_model_is_loaded_and_let_go(gateway: Running) -> None:
    body = {"model": "rehearsal", "stream": False}
    for path in ("/api/generate", "/api/chat"):
        for keep_alive, reason, left in (("5m", "load", 1), (0, "unload", 0), ("0s", "unload", 0)):
            assert (await gateway.http.post(path, json=body)).json()["done_reason"] == "load"
            answer = await gateway.http.post(path, json={**body, "keep_alive": keep_alive})
            assert (answer.json()["done_reason"], answer.json()["done"]) == (reason, True)
            assert len((await gateway.http.get("/api/ps")).json()["models"]) == left


# What a client says, and what Ollama is told where `window.keep_alive` is 30 minutes.
KEPT: list[tuple[str | int, str | int]] = [
    ("1h30m", "1h30m"),
    (3600, 3600),
    (-1, -1),
    ("-1s", "-1s"),
    ("1800001ms", "1800001ms"),
    ("30m", "30m"),
    ("5m", "30m"),
    (0, "30m"),
    ("0", "30m"),
    (60, "30m"),
]


@pytest.mark.parametrize(("said", "told"), KEPT, ids=str)
async def test_a_model_is_kept_for_longer_never_for_less(
    gateway: Running, said: str | int, told: str | int
) -> None:
    """Whatever is asked for; a shorter time would have others load the model again."""
    gateway.simulator.say(Turn("a"), Turn("b"))
    await generate(gateway, prompt=FIM, raw=True, keep_alive=said)
    assert asked(gateway)["keep_alive"] == told
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"X-Arriero-Tools": "never"}
    answer = await gateway.http.post(
        "/api/chat", json={**body, "keep_alive": said}, headers=headers
    )
    assert answer.status_code == 200
    assert gateway.simulator.chats[-1].body["keep_alive"] == told


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"prompt": "x", "raw": True, "system": "s"}, 400, "raw mode does not support"),
    ({"prompt": "x", "raw": True, "context": [1]}, 400, "raw mode does not support"),
    ({"prompt": "x", "context": ["a"]}, 400, "context must be"),
    ({"prompt": "x", "context": [True]}, 400, "context must be"),
    ({"keep_alive": "5"}, 400, "keep_alive must be"),
    ({"keep_alive": [5]}, 400, "keep_alive must be"),
    ({"prompt": "x", "raw": "yes"}, 400, "raw must be"),
    ({"model": "blind", "prompt": "x", "raw": True, "images": [PNG]}, 400, "cannot see pictures"),
    ({"model": "nope", "prompt": "x", "raw": True}, 404, "nope"),
]


async def test_what_is_refused(gateway: Running) -> None:
    for fields, status, words in REFUSED:
        answer = await gateway.http.post("/api/generate", json={"model": "rehearsal", **fields})
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text


async def test_a_raw_prompt_has_no_session(gateway: Running) -> None:
    headers = {"x-arriero-session": "s"}
    body = {"model": "rehearsal", "prompt": FIM, "raw": True}
    answer = await gateway.http.post("/api/generate", json=body, headers=headers)
    assert (answer.status_code, "X-Arriero-Session" in answer.json()["error"]) == (400, True)
    gateway.simulator.say(Turn("yes"))
    plain = {"model": "rehearsal", "prompt": "x", "stream": False}
    answer = await gateway.http.post("/api/generate", json=plain, headers=headers)
    assert answer.json()["response"] == "yes"
    assert gateway.simulator.requests[-1].path == "/api/chat"


PROMPTS = [
    (FIM, "/api/generate"),
    ("<PRE> a <SUF> b <MID>", "/api/generate"),
    ("[SUFFIX]b[PREFIX]a", "/api/generate"),
    ("<\uff5cfim\u2581begin\uff5c>a<\uff5cfim\u2581hole\uff5c>", "/api/generate"),
    ("What is <PRE> for?", "/api/chat"),
    ("Say hello.", "/api/chat"),
]


async def test_marks_in_openais_completions(gateway: Running) -> None:
    for prompt, path in PROMPTS:
        gateway.simulator.say(Turn("b"))
        body = {"model": "rehearsal", "prompt": prompt, "stop": ["\n"]}
        answer = await gateway.http.post("/v1/completions", json=body)
        assert answer.json()["choices"][0]["text"] == "b"
        last = gateway.simulator.requests[-1]
        raw = True if path == "/api/generate" else None
        assert (last.path, last.body.get("raw")) == (path, raw), prompt


# -- a server that speaks OpenAI's protocol


@asynccontextmanager
async def compatible(*, has_route: bool = True) -> AsyncIterator[tuple[str, list[Received]]]:
    requests: list[Received] = []

    async def handle(request: Received, responder: Responder) -> None:
        requests.append(request)
        if request.path == "/v1/models":
            await responder.json(200, {"data": [{"id": "coder", "object": "model"}]})
        elif request.path == "/v1/completions" and has_route:
            await responder.start("text/event-stream")
            for event in (
                {"choices": [{"text": "a + b"}]},
                {"choices": [{"finish_reason": "stop"}]},
            ):
                await responder.data(f"data: {json.dumps(event)}\n\n".encode())
            await responder.data(b"data: [DONE]\n\n")
            await responder.end()
        else:
            await responder.json(404, {"error": {"message": "File Not Found", "code": 404}})

    server = LoopbackServer(handle)
    yield f"http://127.0.0.1:{await server.start()}/v1", requests
    await server.stop()


@asynccontextmanager
async def before(tmp_path: Path, address: str) -> AsyncIterator[Running]:
    entry = {"kind": "openai", "base_url": address, "max_retries": 0}
    async with (
        Simulator() as simulator,
        running(tmp_path, simulator, more={"lab": entry}) as gateway,
    ):
        yield gateway


async def test_an_openai_compatible_server_is_asked_with_the_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(tmp_path, monkeypatch)
    async with compatible() as (address, requests), before(tmp_path, address) as gateway:
        body = {"model": "lab/coder", "prompt": FIM, "stream": False}
        raw = {**body, "raw": True, "options": {"num_predict": 9, "top_p": 0.5, "top_k": 3}}
        answer = (await gateway.http.post("/api/generate", json=raw)).json()
        assert answer["response"] == "a + b"
        sent = requests[-1].body
        assert (requests[-1].path, sent["prompt"], "suffix" in sent) == (ROUTE, FIM, False)
        assert (sent["max_tokens"], sent["top_p"], "top_k" in sent) == (9, 0.5, False)
        answer = (await gateway.http.post("/v1/completions", json=body)).json()
        assert answer["choices"][0]["text"] == "a + b"
        assert (requests[-1].path, requests[-1].body["prompt"]) == (ROUTE, FIM)


CANNOT: list[tuple[dict[str, Any], str]] = [
    ({"prompt": "x", "template": "{{ .Prompt }}"}, "template is not possible"),
    ({"prompt": "x", "context": [1]}, "context is not possible"),
    ({"prompt": "x", "raw": True, "images": [PNG]}, "no pictures in a raw prompt"),
    ({"keep_alive": 0}, "cannot be told to unload"),
    ({"prompt": FIM, "raw": True}, "takes no prompt as it is"),
]


async def test_what_such_a_server_cannot_do_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(tmp_path, monkeypatch)
    async with compatible(has_route=False) as (address, _), before(tmp_path, address) as gateway:
        for fields, words in CANNOT:
            body = {"model": "lab/coder", **fields}
            answer = await gateway.http.post("/api/generate", json=body)
            told = answer.json()["error"]
            assert (answer.status_code, words in told) == (400, True), answer.text
        loaded = await gateway.http.post("/api/generate", json={"model": "lab/coder"})
        assert json.loads(loaded.text)["done_reason"] == "load"
