"""The simulator's other endpoints, what it refuses, and the server below it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from arriero.models.rehearsal import (
    Hold,
    SimulatedModel,
    Simulator,
    Turn,
)
from models.asking import USER, client, lines

GO_PROMPT = "Go struct field GenerateRequest.prompt of type string"


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("chat", b"", 400, "missing request body"),
        ("chat", b"[]", 400, "json: cannot unmarshal array into Go value of type api.ChatRequest"),
        (
            "chat",
            {"model": 7},
            400,
            "json: cannot unmarshal number into Go struct field ChatRequest.model of type string",
        ),
        (
            "chat",
            {"model": "rehearsal", "messages": [{"role": "user", "content": ["x"]}]},
            400,
            "json: cannot unmarshal array into Go struct field Alias.content of type string",
        ),
        (
            "chat",
            {
                "model": "rehearsal",
                "messages": [{"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}],
            },
            400,
            "Value looks like object, but can't find closing '}' symbol",
        ),
        (
            "generate",
            {"model": "rehearsal", "prompt": 1},
            400,
            "json: cannot unmarshal number into " + GO_PROMPT,
        ),
        ("chat", {"model": "rehearsal", "keep_alive": "x"}, 400, 'time: invalid duration "x"'),
        (
            "chat",
            {"model": "rehearsal", "keep_alive": "5y"},
            400,
            'time: unknown unit "y" in duration "5y"',
        ),
        ("chat", {"model": "rehearsal", "keep_alive": True}, 400, "Unsupported type: 'bool'"),
        (
            "chat",
            {"model": "rehearsal", "options": {"num_ctx": "big"}},
            500,
            'option "num_ctx" must be of type integer',
        ),
        (
            "chat",
            {"model": "rehearsal", "options": {"stop": "x"}},
            500,
            'option "stop" must be of type array',
        ),
        (
            "chat",
            {"model": "rehearsal", "options": {"stop": [1]}},
            500,
            'option "stop" must be of an array of strings',
        ),
        (
            "generate",
            {"model": "rehearsal", "prompt": "x", "raw": True, "system": "y"},
            400,
            "raw mode does not support template, system, or context",
        ),
        ("embed", {"model": "rehearsal", "input": 1}, 400, "invalid input type"),
        ("pull", {}, 400, "model is required"),
    ],
)
async def test_refusals(
    simulator: Simulator, http: httpx.AsyncClient, path: str, body: Any, status: int, error: str
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await http.post(f"/api/{path}", content=content)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *[(host, 200) for host in ("localhost", "127.0.0.1:1", "[::1]:5", "10.0.0.7", "a.local")],
        *[(host, 403) for host in ("example.com", "8.8.8.8", "localhost.example.com")],
    ],
)
async def test_hosts(simulator: Simulator, http: httpx.AsyncClient, host: str, status: int) -> None:
    answer = await http.get("/", headers={"Host": host})
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/", "/api/version", "/api/tags"])
async def test_head_has_no_body(simulator: Simulator, http: httpx.AsyncClient, path: str) -> None:
    head, get = await http.head(path), await http.get(path)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_generate_streams_and_leaves_out_the_context_of_raw_prompts(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    simulator.say(Turn("a b"), Turn("c"), Turn("d", thinking="hm"))
    body = {"model": "rehearsal", "prompt": "x"}
    first = lines(await http.post("/api/generate", json=body))
    assert "".join(line["response"] for line in first) == "a b"
    assert all(isinstance(number, int) for number in first[-1]["context"])
    raw = (await http.post("/api/generate", json={**body, "raw": True, "stream": False})).json()
    assert (raw["response"], "context" in raw, raw["prompt_eval_count"]) == ("c", False, 1)
    thought = (await http.post("/api/generate", json={**body, "stream": False})).json()
    assert (thought["response"], thought["thinking"]) == ("d", "hm")


async def test_embeddings() -> None:
    model = SimulatedModel("e", capabilities=("embedding",), embedding_length=64)
    async with Simulator(models=[model]) as simulator, client(simulator) as http:

        async def embed(texts: Any, **body: Any) -> Any:
            request = {"model": "e", "input": texts, **body}
            answer = await http.post("/api/embed", json=request)
            return answer.json().get("embeddings", answer.status_code)

        def near(one: list[float], other: list[float]) -> float:
            return sum(a * b for a, b in zip(one, other, strict=True))

        a, b, c = await embed(["open the file", "open a file", "seven green bottles"])
        assert near(a, a) == pytest.approx(1.0)
        assert near(a, b) > near(a, c)
        assert await embed("open the file") == [a]
        assert [len(one) for one in await embed("x", dimensions=8)] == [8]
        assert await embed([]) == []
        assert await embed("x " * 9000, truncate=False) == 400
        chat = await http.post("/api/chat", json={"model": "e", "messages": USER})
        assert (chat.status_code, chat.json()) == (400, {"error": '"e" does not support chat'})


@pytest.mark.parametrize("stream", [True, False])
async def test_pull(stream: bool) -> None:
    async with Simulator(pullable=[SimulatedModel("new")]) as simulator, client(simulator) as http:
        unknown = await http.post("/api/pull", json={"model": "nope", "stream": stream})
        assert unknown.status_code == (200 if stream else 500)
        assert lines(unknown)[-1] == {"error": "pull model manifest: file does not exist"}
        fetched = lines(await http.post("/api/pull", json={"model": "new", "stream": stream}))
        assert fetched[-1] == {"status": "success"}
        assert "new:latest" in simulator.models
        if stream:
            sizes = [(one.get("completed"), one["total"]) for one in fetched if "total" in one]
            assert sizes[0][0] is None
            assert sizes[-1][0] == sizes[-1][1]


async def test_it_listens_on_loopback_only_and_stops(simulator: Simulator) -> None:
    assert simulator.base_url.startswith("http://127.0.0.1:")
    await simulator.stop()
    async with client(simulator) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("/")
    await simulator.stop()  # twice is once


async def test_stopping_ends_answers_under_way() -> None:
    hold = Hold(1)
    simulator = Simulator([Turn("a b", holds=[hold])])
    await simulator.start()
    async with client(simulator) as http:
        body = {"model": "rehearsal", "messages": USER}
        asking = asyncio.ensure_future(http.post("/api/chat", json=body))
        await asyncio.wait_for(hold.reached.wait(), 5)
        await asyncio.wait_for(simulator.stop(), 5)
        with pytest.raises(httpx.TransportError):
            await asking


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"POST /api/chat HTTP/1.1\r\n"]
)
async def test_a_client_that_speaks_no_http_does_no_harm(
    simulator: Simulator, http: httpx.AsyncClient, data: bytes
) -> None:
    port = int(simulator.base_url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    assert (await http.get("/")).text == "Ollama is running"


async def test_several_requests_on_one_connection(simulator: Simulator) -> None:
    port = int(simulator.base_url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
    found = b""
    while found.count(b"Ollama is running") < 3:
        found += await asyncio.wait_for(reader.read(4096), 5)
    writer.close()
    await writer.wait_closed()
    assert [request.finished_at is not None for request in simulator.requests] == [True] * 3
