"""Loading, waiting, windows and the prefix cache of simulated models."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from arriero.models.rehearsal import (
    Hold,
    Script,
    SimulatedModel,
    Simulator,
    Turn,
)
from arriero.models.rehearsal.catalog import Path
from models.asking import USER, client, lines, text


async def test_runner_options_and_shift_reload_the_model(simulator: Simulator, ask: Any) -> None:
    for body, loads in (
        ({}, 1),
        ({}, 1),
        ({"options": {"temperature": 1}}, 1),
        ({"options": {"num_ctx": 2048}}, 2),
        ({"options": {"num_ctx": 2048}, "shift": False}, 3),
        ({"options": {"num_ctx": 2048, "num_thread": 2}, "shift": False}, 4),
        ({"options": {"num_ctx": 1_000_000, "num_thread": 2}, "shift": False}, 5),
    ):
        await ask(**body)
        assert len(simulator.loads) == loads, body
    assert [one.runner.window for one in simulator.loaded] == [32768]  # the longest possible


async def test_preload_expiry_and_unload() -> None:
    now = 1_000_000_000
    model = SimulatedModel("m", num_ctx=2048)
    async with (
        Simulator(models=[model], time_ns=lambda: now) as simulator,
        client(simulator) as http,
    ):

        async def load(**body: Any) -> str:
            request = {"model": "m", "messages": [], **body}
            return str((await http.post("/api/chat", json=request)).json()["done_reason"])

        async def loaded() -> list[tuple[int, str]]:
            models = (await http.get("/api/ps")).json()["models"]
            return [(one["context_length"], one["expires_at"]) for one in models]

        assert await load() == "load"
        assert await loaded() == [(2048, "1970-01-01T00:05:01Z")]
        assert await load(keep_alive="1h30m0.5s") == "load"
        assert await loaded() == [(2048, "1970-01-01T01:30:01.5Z")]
        now += 5_401_000_000_000
        assert await loaded() == []
        assert await load(keep_alive=-1) == "load"
        assert (await loaded())[0][1].startswith("2262-")
        assert await load(keep_alive=0) == "unload"
        assert await loaded() == []
        assert simulator.loads == ["m:latest"] * 2


async def test_loading_is_waited_for() -> None:
    model = SimulatedModel("m", load_delay=0.05)
    async with (
        Simulator([Turn("a"), Turn("b")], models=[model]) as simulator,
        client(simulator) as http,
    ):
        for least in (0.05, 0.0):
            answer = lines(await http.post("/api/chat", json={"model": "m", "messages": USER}))
            request = simulator.chats[-1]
            assert request.finished_at is not None
            assert request.finished_at - request.received_at >= least
            assert (answer[-1]["load_duration"] >= 50_000_000) == (least > 0)


async def test_one_request_at_a_time_per_model() -> None:
    hold = Hold()
    models = [SimulatedModel("a"), SimulatedModel("b")]
    script = Script()
    script.add(Turn("first", holds=[hold]), Turn("second"), model="a")
    script.add(Turn("other"), model="b")
    async with Simulator(script, models=models) as simulator, client(simulator) as http:

        async def say(model: str) -> str:
            answer = await http.post("/api/chat", json={"model": model, "messages": USER})
            return text(lines(answer))

        first = asyncio.ensure_future(say("a"))
        await asyncio.wait_for(hold.reached.wait(), 5)
        second = asyncio.ensure_future(say("a"))
        assert await say("b") == "other"
        assert not first.done()
        assert not second.done()
        hold.release()
        assert (await first, await second) == ("first", "second")


async def test_a_client_that_leaves_gives_its_place_free() -> None:
    hold = Hold()
    script = Script([Turn("never", holds=[hold]), Turn("next")])
    async with Simulator(script) as simulator, client(simulator) as http:
        body = {"model": "rehearsal", "messages": USER}
        first = asyncio.ensure_future(http.post("/api/chat", json=body))
        await asyncio.wait_for(hold.reached.wait(), 5)
        waiting = asyncio.ensure_future(http.post("/api/chat", json=body))
        await asyncio.sleep(0)
        first.cancel()
        assert text(lines(await asyncio.wait_for(waiting, 5))) == "next"
        left = simulator.requests[0]
        assert left.closed_at is not None
        assert (left.status, left.pieces) == (None, 0)


async def test_a_full_queue_is_told_only_when_a_load_is_needed() -> None:
    hold = Hold()
    async with (
        Simulator([Turn("x", holds=[hold])], max_queue=0) as simulator,
        client(simulator) as http,
    ):
        body = {"model": "rehearsal", "messages": USER}
        answer = await http.post("/api/chat", json=body)
        assert answer.status_code == 503
        assert answer.json()["error"].startswith("server busy, please try again.  maximum")


LONG = [
    {"role": "system", "content": "You are X."},
    {"role": "user", "content": "word " * 60},
    {"role": "assistant", "content": "ok"},
    {"role": "user", "content": "Hello"},
]
ONE_LONG = [{"role": "user", "content": "word " * 60}]


@pytest.mark.parametrize(
    ("path", "messages", "body", "status", "count"),
    [
        ("native", LONG, {}, 200, 26),
        ("rendered", LONG, {}, 200, 26),
        ("native", LONG, {"truncate": False}, 400, 0),
        ("rendered", LONG, {"truncate": False}, 200, 52),
        ("rendered", LONG, {"truncate": False, "shift": False}, 400, 0),
        ("native", ONE_LONG, {}, 400, 0),
        ("native", ONE_LONG, {"shift": False}, 400, 0),
        ("rendered", ONE_LONG, {}, 200, 52),
        ("rendered", ONE_LONG, {"shift": False}, 400, 0),
    ],
)
async def test_prompts_over_the_window(
    path: Path, messages: list[dict[str, Any]], body: dict[str, Any], status: int, count: int
) -> None:
    model = SimulatedModel("m", path=path, num_ctx=100)
    async with Simulator([Turn("Hi")], models=[model]) as simulator, client(simulator) as http:
        answer = await http.post("/api/chat", json={"model": "m", "messages": messages, **body})
    assert answer.status_code == status
    if status == 200:
        assert lines(answer)[-1]["prompt_eval_count"] == count
    elif path == "native":
        inner = json.loads(answer.json()["error"])["error"]
        assert inner["n_ctx"] == 100
        assert inner["n_prompt_tokens"] > 100
    else:
        assert "longer than the context length" in answer.json()["error"]


async def test_a_result_is_not_parted_from_its_call() -> None:
    call = {"function": {"name": "read_file", "arguments": {"path": "a"}}}
    messages = [
        {"role": "user", "content": "word " * 60},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_name": "read_file", "content": "A"},
    ]
    model = SimulatedModel("m", num_ctx=60)
    async with Simulator([Turn("Hi")], models=[model]) as simulator, client(simulator) as http:
        body = {"model": "m", "messages": messages}
        count = lines(await http.post("/api/chat", json=body))[-1]["prompt_eval_count"]
    assert count == 40  # call and result, without the first message


async def test_results_that_do_not_fit_with_their_calls_are_refused() -> None:
    calls = [{"function": {"name": "read_file", "arguments": {"path": path}}} for path in "ab"]
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "tool_name": "read_file", "content": "word " * 60},
        {"role": "tool", "tool_name": "read_file", "content": "B"},
    ]
    model = SimulatedModel("m", num_ctx=100)
    async with Simulator([Turn("Hi")], models=[model]) as simulator, client(simulator) as http:
        answer = await http.post("/api/chat", json={"model": "m", "messages": messages})
    assert answer.status_code == 400


async def test_the_prefix_cache_shows_in_the_duration(simulator: Simulator, ask: Any) -> None:
    first = (await ask("word " * 100))[-1]
    again = (await ask("word " * 100))[-1]
    other = (await ask("another " * 100))[-1]
    assert first["prompt_eval_count"] == again["prompt_eval_count"] == other["prompt_eval_count"]
    assert again["prompt_eval_duration"] < first["prompt_eval_duration"] / 10
    assert other["prompt_eval_duration"] > first["prompt_eval_duration"] / 2
