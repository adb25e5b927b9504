"""Chat completions that are passed on: every form of tools, both ways of answering."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from arriero.cli.trials.picture import red_square
from arriero.models.rehearsal import Call, Fault, Hold, SimulatedModel, Simulator, Turn
from gateway.gateway_server import Running, events, folded, places, running, whole
from gateway.loops import ON_BOTH_LOOPS

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
TIME = {"type": "function", "function": {"name": "time"}}
ROME, OSLO = ["weather", '{"city":"Rome"}'], ["weather", '{"city":"Oslo"}']
CALLS = (Call("weather", {"city": "Rome"}), Call("weather", {"city": "Oslo"}))
MODELS = (
    SimulatedModel("rehearsal", capabilities=("completion", "tools", "thinking", "vision")),
    SimulatedModel("plain", path="leaky", capabilities=("completion",)),
)
PRINTED = '<tool_call>{"name": "weather", "arguments": {"city": "Rome"}}</tool_call>'
PIXEL = base64.b64encode(red_square(1)).decode()
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    places(tmp_path, monkeypatch)
    async with (
        Simulator(models=MODELS) as simulator,
        running(tmp_path, simulator, inject_tools="never") as made,
    ):
        yield made


ANSWERS: list[tuple[str, Turn, dict[str, Any], dict[str, Any]]] = [
    ("words", Turn("Hello, you."), {}, {"content": "Hello, you.", "reason": "stop"}),
    ("thinking", Turn("Yes.", thinking="Hm."), {}, {"content": "Yes.", "thinking": "Hm."}),
    (
        "calls of the model's own",
        Turn(calls=CALLS),
        {"tools": [WEATHER]},
        {"calls": [ROME, OSLO], "reason": "tool_calls"},
    ),
    (
        "one call where only one is wanted",
        Turn(calls=CALLS),
        {"tools": [WEATHER], "parallel_tool_calls": False},
        {"calls": [ROME], "reason": "tool_calls"},
    ),
    (
        "a printed call of a model with calls of its own",
        Turn(f"So: {PRINTED}"),
        {"tools": [WEATHER]},
        {"calls": [ROME], "reason": "tool_calls"},
    ),
    (
        "a printed call of a model without any",
        Turn(PRINTED),
        {"tools": [WEATHER], "model": "plain"},
        {"calls": [ROME], "reason": "tool_calls", "content": ""},
    ),
    (
        "a demanded call",
        Turn('{"name": "weather", "arguments": {"city": "Rome"}}'),
        {"tools": [WEATHER, TIME], "tool_choice": "required"},
        {"calls": [ROME], "reason": "tool_calls", "content": ""},
    ),
    (
        "a demanded tool",
        Turn('{"name": "weather", "arguments": {"city": "Rome"}}'),
        {"tools": [WEATHER, TIME], "tool_choice": {"function": {"name": "weather"}}},
        {"calls": [ROME], "reason": "tool_calls"},
    ),
    (
        "no calls where none are wanted",
        Turn("Sunny."),
        {"tools": [WEATHER], "tool_choice": "none"},
        {"calls": [], "reason": "stop", "content": "Sunny."},
    ),
    (
        "what is no call of an offered tool",
        Turn('Use `{"name": "other", "arguments": {}}`.'),
        {"tools": [WEATHER]},
        {"calls": [], "content": 'Use `{"name": "other", "arguments": {}}`.'},
    ),
]


@pytest.mark.parametrize(
    ("turn", "fields", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
@ON_BOTH_LOOPS
async def test_answers(
    gateway: Running, turn: Turn, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Streamed and whole, the same is said."""
    gateway.simulator.say(turn, turn)
    answered = await gateway.chat("Hi", **fields)
    assert answered.status_code == 200, answered.text
    message = whole(answered.json())
    assert {name: message[name] for name in expected} == expected
    streamed = await gateway.chat("Hi", **fields, stream=True)
    assert folded(events(streamed.text)) == message


async def test_the_events_of_a_stream(gateway: Running) -> None:
    gateway.simulator.say(Turn(["Hel", "lo"], calls=CALLS))
    answer = await gateway.chat(
        "Hi", tools=[WEATHER], stream=True, stream_options={"include_usage": True}
    )
    assert answer.headers["content-type"] == "text/event-stream"
    *chunks, last = events(answer.text)
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [bool(chunk["choices"][0]["finish_reason"]) for chunk in chunks[-2:]] == [False, True]
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in (*chunks, last)}) == 1
    calls = [c for chunk in chunks for c in chunk["choices"][0]["delta"].get("tool_calls", ())]
    firsts = [call for call in calls if "id" in call]
    assert [call["index"] for call in firsts] == [0, 1]
    assert len({call["id"] for call in firsts}) == 2


async def test_what_the_model_is_asked(gateway: Running) -> None:
    gateway.simulator.say(Turn("{}"))
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    await gateway.chat(
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "See:"}, PICTURE]},
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
        stop="END", seed=7, temperature=0.5, top_p=0.9, top_k=3, presence_penalty=0.1,
        max_completion_tokens=99, reasoning_effort="high", logprobs=True, top_logprobs=2,
    )  # fmt: skip
    (request,) = gateway.simulator.chats
    body = request.body or {}
    assert body["format"] == schema
    assert body["think"] == "high"
    assert (body["logprobs"], body["top_logprobs"]) == (True, 2)
    wanted = {
        "stop": ["END"], "seed": 7, "temperature": 0.5, "top_p": 0.9, "top_k": 3,
        "presence_penalty": 0.1, "num_predict": 99,
    }  # fmt: skip
    assert {name: body["options"].get(name) for name in wanted} == wanted
    system, user = body["messages"]
    assert (system["role"], system["content"]) == ("system", "Be short.")
    assert user["images"] == [PIXEL]


async def test_a_round_with_a_tool(gateway: Running) -> None:
    """What the client sends back reaches the model, and no window loads the model anew."""
    gateway.simulator.say(Turn(calls=CALLS[:1]), Turn("It is sunny in Rome."))
    first = (await gateway.chat("Weather?", tools=[WEATHER])).json()
    said = first["choices"][0]["message"]
    result = {
        "role": "tool",
        "tool_call_id": said["tool_calls"][0]["id"],
        "content": [{"type": "text", "text": "sunny"}],
    }
    second = await gateway.chat("Weather?", said, result, tools=[WEATHER])
    assert whole(second.json())["content"] == "It is sunny in Rome."
    sent = (gateway.simulator.chats[-1].body or {})["messages"]
    assert sent[-1]["content"] == "sunny"
    assert sent[-1]["tool_name"] == "weather"
    assert gateway.simulator.loads == ["rehearsal:latest"]


async def test_a_model_that_cannot_be_given_tools(gateway: Running) -> None:
    """Ollama refuses tools for it: it is asked again in another form, and the client sees none."""
    gateway.simulator.models["rehearsal:latest"] = MODELS[0]
    gateway.simulator.say(
        Turn(fault=Fault("status", status=400, text="rehearsal does not support tools")),
        Turn(PRINTED),
    )
    answer = await gateway.chat("Weather?", tools=[WEATHER])
    assert whole(answer.json())["calls"] == [ROME]


async def test_a_session_remembers(gateway: Running) -> None:
    """A client may send only what is new."""
    gateway.simulator.say(Turn("Hello, Ann."), Turn("You are Ann."))
    headers = {"x-arriero-session": "mine"}
    for text in ("I am Ann.", "Who am I?"):
        body = {"model": "rehearsal", "messages": [{"role": "user", "content": text}]}
        await gateway.http.post("/v1/chat/completions", json=body, headers=headers)
    sent = [m["content"] for m in (gateway.simulator.chats[-1].body or {})["messages"]]
    assert sent == ["I am Ann.", "Hello, Ann.", "Who am I?"]


FAILURES: list[tuple[str, Turn, int, str | None]] = [
    ("the server says no", Turn(fault=Fault("status", text="nonsense")), 502, "upstream_error"),
    ("the stream breaks", Turn("A", fault=Fault("cut", after=1)), 502, "upstream_error"),
    ("rubbish", Turn("A", fault=Fault("rubbish")), 502, "upstream_error"),
    (
        "it is busy",
        Turn(fault=Fault("status", status=503, text="busy")),
        503,
        "server_is_overloaded",
    ),
    (
        "too long a prompt",
        Turn(fault=Fault("status", status=400, text="the prompt exceeds the context length")),
        400,
        "context_length_exceeded",
    ),
]


@pytest.mark.parametrize(
    ("turn", "status", "code"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
async def test_failures(gateway: Running, turn: Turn, status: int, code: str | None) -> None:
    gateway.simulator.say(turn)
    answer = await gateway.chat("Hi")
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["code"] == code


async def test_a_stream_that_breaks_says_so(gateway: Running) -> None:
    gateway.simulator.say(Turn(["One ", "two"], fault=Fault("cut", after=2)))
    answer = await gateway.chat("Hi", stream=True)
    *chunks, last = events(answer.text)
    assert "One" in folded(chunks)["content"]
    assert last["error"]["code"] == "upstream_error"


async def test_pictures_for_a_blind_model(gateway: Running) -> None:
    answer = await gateway.chat({"role": "user", "content": [PICTURE]}, model="plain")
    assert answer.status_code == 400
    assert "cannot see" in answer.json()["error"]["message"]


async def test_a_model_that_chats_does_not_embed(gateway: Running) -> None:
    body = {"model": "plain", "input": "a"}
    answer = await gateway.http.post("/v1/embeddings", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "model")


async def test_names_of_models(gateway: Running) -> None:
    listed = (await gateway.http.get("/v1/models")).json()
    assert [model["id"] for model in listed["data"]] == ["rehearsal:latest", "plain:latest"]
    for name in ("", "default", "ollama/rehearsal"):
        gateway.simulator.say(Turn("ok"))
        assert (await gateway.chat("Hi", model=name)).status_code == 200, name
    answer = await gateway.chat("Hi", model="nobody")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"


async def test_every_request_is_counted_once(gateway: Running) -> None:
    gateway.simulator.say(Turn("ok"))
    await gateway.chat("Hi")
    await gateway.chat("Hi", n=2)
    told = (await gateway.http.get("/metrics")).text
    assert 'arriero_requests_total{dialect="chat",model="rehearsal",status="200"} 1.0' in told
    assert 'arriero_requests_total{dialect="chat",model="other",status="400"} 1.0' in told
    assert json.loads((await gateway.http.get("/health")).text)["status"]


@ON_BOTH_LOOPS
async def test_who_leaves_before_the_first_word_ends_everything(gateway: Running) -> None:
    """Upstream too, and without a fault that only the log sees."""
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    hold = Hold()
    gateway.simulator.say(Turn("Never.", holds=[hold]))
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    asking = asyncio.create_task(gateway.http.post("/v1/chat/completions", json=body))
    await asyncio.wait_for(hold.reached.wait(), 20)
    asking.cancel()
    await asyncio.wait((asking,))
    await asyncio.wait_for(gateway.simulator.chats[-1].ended(), 20)
    while 'status="cut"' not in (await gateway.http.get("/metrics")).text:
        await asyncio.sleep(0.01)
    gc.collect()
    await asyncio.sleep(0)
    assert [fault.get("exception") for fault in faults] == []
