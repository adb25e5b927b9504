"""What a turn of the script becomes: order, calls, thinking, limits, faults."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from arriero.models.rehearsal import (
    Asked,
    Call,
    Fault,
    SimulatedModel,
    Simulator,
    Turn,
)
from arriero.models.rehearsal.catalog import Path
from models.asking import USER, client, lines, text

TOOLS = [
    {
        "type": "function",
        "function": {"name": "read_file", "parameters": {"required": ["path"]}},
    }
]


async def test_turns_come_in_order_and_a_models_own_first(simulator: Simulator, ask: Any) -> None:
    simulator.say(Turn("one"), lambda asked: Turn(f"two to {asked.last_user}"))
    simulator.say(Turn("own"), model="rehearsal")
    said = [text(await ask()) for _ in range(4)]
    assert said == ["own", "one", "two to Hi", "The script has no further turn."]
    assert simulator.script.left == 0


async def test_a_script_sees_the_results_of_its_calls() -> None:
    asked = Asked(
        "m",
        [
            {"role": "user", "content": "old"},
            {"role": "tool", "tool_name": "read_file", "content": "of an older message"},
            {"role": "user", "content": "new"},
            {
                "role": "assistant",
                "tool_calls": [
                    {"function": {"name": "read_file", "arguments": {"path": path}}}
                    for path in ("a", "b")
                ],
            },
            {"role": "tool", "tool_name": "read_file", "content": "A"},
            {"role": "tool", "content": "B"},
            {"role": "tool", "tool_name": "never_called", "content": "C"},
        ],
    )
    assert asked.last_user == "new"
    assert [(one.name, one.arguments, one.content) for one in asked.results] == [
        ("read_file", {"path": "a"}, "A"),
        ("read_file", {"path": "b"}, "B"),
        ("never_called", {}, "C"),
    ]


async def test_a_script_that_fails_is_told(
    simulator: Simulator, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(asked: Asked) -> Turn:
        raise LookupError("no such turn")

    simulator.say(wrong)
    answer = await http.post("/api/chat", json={"model": "rehearsal", "messages": USER})
    assert answer.status_code == 500
    assert "no such turn" in answer.json()["error"]
    assert "the script of the simulator failed" in caplog.text


CALL = Call("read_file", {"path": "a"})
OTHER = Call("rm", {})


@pytest.mark.parametrize(
    ("path", "calls", "body", "expected"),
    [
        ("native", [CALL], {"tools": TOOLS}, {"read_file in the last line"}),
        ("rendered", [CALL], {"tools": TOOLS}, {"read_file before the last line"}),
        ("leaky", [CALL], {"tools": TOOLS}, {"text"}),
        ("native", [OTHER], {"tools": TOOLS}, {"rm in the last line"}),
        ("rendered", [OTHER], {"tools": TOOLS}, set()),
        ("rendered", [OTHER, CALL], {"tools": TOOLS}, {"read_file before the last line"}),
        ("native", [CALL], {}, {"text"}),
        ("rendered", [CALL], {}, {"text"}),
        ("native", [CALL], {"tools": TOOLS, "format": "json"}, set()),
        ("native", [CALL], {"tools": TOOLS, "options": {"num_predict": 5}}, set()),
    ],
)
async def test_where_calls_go(
    path: Path, calls: list[Call], body: dict[str, Any], expected: set[str]
) -> None:
    models = [SimulatedModel("m", path=path)]
    async with (
        Simulator([Turn(calls=calls)], models=models) as simulator,
        client(simulator) as http,
    ):
        request = {"model": "m", "messages": USER, **body}
        answer = lines(await http.post("/api/chat", json=request))
    found = {
        f"{call['function']['name']} {'in' if line['done'] else 'before'} the last line"
        for line in answer
        for call in line["message"].get("tool_calls", ())
    }
    if "<tool_call>" in text(answer):
        found.add("text")
    assert found == expected
    assert answer[-1]["done"] is True


async def test_ids_are_those_of_each_path() -> None:
    models = [SimulatedModel("n"), SimulatedModel("r", path="rendered")]
    turn = Turn(calls=[CALL, Call("read_file", {}, id=""), Call("read_file", {}, id="x", index=7)])
    async with Simulator([turn, turn], models=models) as simulator, client(simulator) as http:
        for model, length, start in (("n", 32, ""), ("r", 13, "call_")):
            body = {"model": model, "messages": USER, "tools": TOOLS, "stream": False}
            message = (await http.post("/api/chat", json=body)).json()["message"]
            first, second, third = message["tool_calls"]
            assert (len(first["id"]), first["id"][: len(start)]) == (length, start)
            assert first["function"]["index"] == 0
            assert "id" not in second
            assert second["function"]["index"] == 1
            assert (third["id"], third["function"]["index"]) == ("x", 7)


@pytest.mark.parametrize(
    ("think", "expected"), [(None, "Hm."), (True, "Hm."), ("low", "Hm."), (False, "")]
)
async def test_thinking_has_three_values(
    simulator: Simulator, ask: Any, think: object, expected: str
) -> None:
    simulator.say(Turn("Yes.", thinking="Hm."))
    answer = await ask(**({} if think is None else {"think": think}))
    assert text(answer, "thinking") == expected
    assert text(answer) == "Yes."


@pytest.mark.parametrize(
    ("options", "said", "reason", "count"),
    [
        ({}, "one two three", "stop", 6),
        ({"num_predict": 6}, "one two three", "stop", 6),
        ({"num_predict": 5}, "one two three", "length", 5),
        ({"num_predict": 2}, "one ", "length", 2),
        ({"stop": ["two", "zzz"]}, "one ", "stop", 3),
        ({"stop": ["o t"]}, "one tw", "stop", 4),
        ({"num_ctx": 12}, "one two", "length", 3),
    ],
)
async def test_where_answers_end(
    simulator: Simulator, ask: Any, options: dict[str, Any], said: str, reason: str, count: int
) -> None:
    simulator.say(Turn("one two three"))
    answer = await ask(options=options, shift=False)
    assert text(answer) == said
    assert (answer[-1]["done_reason"], answer[-1]["eval_count"]) == (reason, count)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("fault", "streamed", "whole"),
    [
        (Fault("error", text="oh"), (500, {"error": "oh"}), (500, {"error": "oh"})),
        (Fault("error", after=2, text="oh"), (200, {"error": "oh"}), (500, {"error": "oh"})),
        (Fault("status", status=418, text="tea"), (418, {"error": "tea"}), (418, {"error": "tea"})),
        (Fault("no_done", after=1), (200, None), (200, None)),
    ],
)
async def test_faults_that_are_answers(
    simulator: Simulator,
    http: httpx.AsyncClient,
    fault: Fault,
    streamed: tuple[int, Any],
    whole: tuple[int, Any],
    stream: bool,
) -> None:
    simulator.say(Turn("a b c", fault=fault))
    body = {"model": "rehearsal", "messages": USER, "stream": stream}
    answer = await http.post("/api/chat", json=body)
    status, last = streamed if stream else whole
    assert answer.status_code == status
    found = lines(answer)[-1]
    assert "done" not in found or found["done"] is False
    assert last is None or found == last


@pytest.mark.parametrize("after", [0, 2, 99])
async def test_a_cut_connection(simulator: Simulator, http: httpx.AsyncClient, after: int) -> None:
    simulator.say(Turn("a b c", fault=Fault("cut", after=after)))
    received = b""

    async def receive() -> None:
        nonlocal received
        body = {"model": "rehearsal", "messages": USER}
        async with http.stream("POST", "/api/chat", json=body) as answer:
            async for piece in answer.aiter_bytes():
                received += piece

    with pytest.raises(httpx.RemoteProtocolError):
        await receive()
    assert received.count(b"\n") == min(after, 5)


async def test_a_crash_unloads_the_model(simulator: Simulator, ask: Any) -> None:
    simulator.say(Turn("a b c", fault=Fault("crash", after=2)), Turn("well again"))
    crashed = await ask()
    assert crashed[-1] == {
        "error": "an error was encountered while running the model: unexpected EOF"
    }
    assert simulator.loaded == []
    assert text(await ask()) == "well again"
    assert len(simulator.loads) == 2


async def test_rubbish_and_the_answer_goes_on(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    simulator.say(Turn("a", fault=Fault("rubbish", after=1)))
    answer = await http.post("/api/chat", json={"model": "rehearsal", "messages": USER})
    parts = answer.content.split(b"\n")
    assert parts[1] == b"\x00\xff rubbish"
    assert json.loads(parts[2])["done"] is True


async def test_a_hang_ends_when_the_client_leaves(simulator: Simulator) -> None:
    simulator.say(Turn("a b", fault=Fault("hang", after=1)))
    async with client(simulator) as http:
        body = {"model": "rehearsal", "messages": USER}
        async with http.stream("POST", "/api/chat", json=body) as answer:
            assert b'"a"' in await anext(answer.aiter_bytes())
    await asyncio.wait_for(simulator.requests[-1].ended(), 5)
    assert simulator.requests[-1].closed_at is not None
