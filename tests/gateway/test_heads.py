"""Heads of requests that are too large or too slow, written byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from arriero.gateway.heads import MOST_HEAD, GuardedHttp
from arriero.models.rehearsal import Hold, Simulator, Turn
from gateway.gateway_server import Running, places, running
from gateway.loops import ON_BOTH_LOOPS

pytestmark = ON_BOTH_LOOPS

HOST = b"Host: localhost\r\n"
KB = 1024
BODY = json.dumps(
    {"model": "rehearsal", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
).encode()


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    places(tmp_path, monkeypatch)
    monkeypatch.setattr(GuardedHttp, "linger_seconds", 0.2)
    async with Simulator() as simulator, running(tmp_path, simulator) as made:
        yield made


class Client:
    """A connection on which anything can be written."""

    def __init__(self, gateway: Running) -> None:
        self._port = urlsplit(gateway.url).port

    async def __aenter__(self) -> Client:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def read(self) -> bytes:
        """Return all until the gateway closes the connection."""
        return await asyncio.wait_for(self._reader.read(), 30)

    async def until(self, mark: bytes) -> bytes:
        return await asyncio.wait_for(self._reader.readuntil(mark), 30)


def get(path: bytes, *headers: bytes) -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"".join(headers) + b"\r\n"


TOO_LARGE: list[tuple[str, bytes]] = [
    ("one header", get(b"/v1/models", b"X-A: " + b"a" * 200 * KB + b"\r\n")),
    ("many headers", get(b"/v1/models", *(b"X-%d: " % n + b"a" * KB + b"\r\n" for n in range(80)))),
    ("a header without an end", b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 200 * KB),
    ("a name without an end", b"GET / HTTP/1.1\r\n" + HOST + b"a" * 200 * KB),
    ("a path", get(b"/" + b"a" * 100 * KB)),
    ("a path without an end", b"GET /" + b"a" * 200 * KB),
]


async def test_heads_that_are_too_large(gateway: Running) -> None:
    for what, data in TOO_LARGE:
        async with Client(gateway) as client:
            client.write(data)
            head, _, body = (await client.read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 431 "), what
        assert "more than 64 KB" in json.loads(body)["error"]["message"], what


async def test_a_large_head_behind_another_request(gateway: Running) -> None:
    """What comes in one piece with it is no reason to take it."""
    async with Client(gateway) as client:
        client.write(
            get(b"/api/version") + get(b"/api/version", b"X-A: " + b"a" * 90 * KB + b"\r\n")
        )
        assert (await client.read()).count(b"HTTP/1.1 200 ") <= 1


@pytest.mark.parametrize(
    ("path", "where"),
    [(b"/v1/chat/completions", "error.message"), (b"/v1/messages", "error.message"),
     (b"/api/chat", "error")],
)  # fmt: skip
async def test_the_refusal_has_the_form_of_its_interface(
    gateway: Running, path: bytes, where: str
) -> None:
    async with Client(gateway) as client:
        client.write(get(path, b"X-A: " + b"a" * 70 * KB + b"\r\n"))
        told = json.loads((await client.read()).partition(b"\r\n\r\n")[2])
    for name in where.split("."):
        told = told[name]
    assert "64 KB" in told


async def test_an_upgrade_is_passed_over(
    gateway: Running, caplog: pytest.LogCaptureFixture
) -> None:
    async with Client(gateway) as client:
        client.write(get(b"/api/version", b"Connection: upgrade\r\nUpgrade: websocket\r\n"))
        assert (await client.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    assert "WebSocket" not in caplog.text


async def test_what_is_just_small_enough(gateway: Running) -> None:
    """Also in small pieces, with a body, and twice on one connection."""
    room = MOST_HEAD - 200
    async with Client(gateway) as client:
        for _ in range(2):
            gateway.simulator.say(Turn("Yes."))
            data = b"POST /v1/chat/completions HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * room
            data += b"\r\nX-Arriero-Tools: never\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
            for start in range(0, len(data), 10_000):
                client.write(data[start : start + 10_000])
            answer = await client.until(b"[DONE]\n\n\r\n0\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_large_body_is_no_head(gateway: Running) -> None:
    content = "a" * 400 * KB
    body = json.dumps({"model": "none", "messages": [{"role": "user", "content": content}]})
    answer = await gateway.http.post("/v1/chat/completions", content=body.encode())
    assert answer.status_code == 404


async def test_trailers_without_an_end(gateway: Running) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    async with Client(gateway) as client:
        client.write(head + b"1\r\n{\r\n0\r\nX-A: " + b"a" * 300 * KB)
        with suppress(ConnectionResetError):  # that is an end, too
            assert await client.read() == b""


async def test_heads_that_are_too_slow(gateway: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedHttp, "head_seconds", 0.3)
    slow = [
        (b"", b""),
        (b"GET /v1/models HTTP/1.1\r\nHost: lo", b"HTTP/1.1 408 "),
        (b"G", b"HTTP/1.1 408 "),
        (b"\r\n\r\n", b"HTTP/1.1 408 "),
    ]
    for data, begins in slow:
        async with Client(gateway) as client:
            client.write(data)
            answer = await client.read()
            assert answer.startswith(begins), data
            assert bool(answer) is bool(data)
    async with Client(gateway) as client:  # the next request of a connection is as slow
        client.write(get(b"/api/version"))
        await client.until(b"}")
        client.write(b"\r\n")
        assert (await client.read()).startswith(b"HTTP/1.1 408 ")


async def test_no_answer_is_cut_off_by_the_time_of_heads(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some clients write a line end after a body; the answer takes as long as it takes."""
    monkeypatch.setattr(GuardedHttp, "head_seconds", 0.1)
    hold = Hold(after=1)
    gateway.simulator.say(Turn("One two.", holds=[hold]))
    async with Client(gateway) as client:
        data = b"POST /v1/chat/completions HTTP/1.1\r\n" + HOST + b"X-Arriero-Tools: never\r\n"
        client.write(data + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY + b"\r\n")
        await asyncio.wait_for(hold.reached.wait(), 30)
        await asyncio.sleep(0.5)  # five times as long as a head may take
        hold.release()
        assert (await client.until(b"[DONE]\n\n")).startswith(b"HTTP/1.1 200 ")


BODIES = {"chat": b"/v1/chat/completions", "messages": b"/v1/messages", "ollama": b"/api/chat"}


def post(path: bytes, length: int = 1000, *headers: bytes) -> bytes:
    told = b"Content-Length: %d\r\n" % length
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + told + b"".join(headers) + b"\r\n"


@pytest.mark.parametrize("path", [*BODIES.values(), b"/v1/embeddings", b"/api/push"])
async def test_bodies_that_are_silent(
    gateway: Running, monkeypatch: pytest.MonkeyPatch, path: bytes
) -> None:
    """Whoever would have read it: the client is told in the form of its interface."""
    monkeypatch.setattr(GuardedHttp, "silence_seconds", 0.2)
    async with Client(gateway) as client:
        client.write(post(path) + b'{"model"')
        head, _, body = (await client.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    error = json.loads(body)["error"]
    told = error if path.startswith(b"/api/") else error["message"]
    assert "did not come in time" in told
    if path == BODIES["messages"]:
        assert (error["type"], json.loads(body)["type"]) == ("timeout_error", "error")
    elif path == BODIES["chat"]:
        assert (error["type"], error["code"]) == ("invalid_request_error", "request_timeout")


async def test_bodies_that_trickle(gateway: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never silent, and never done."""
    monkeypatch.setattr(GuardedHttp, "silence_seconds", 0.5)
    monkeypatch.setattr(GuardedHttp, "body_seconds", 1.0)
    async with Client(gateway) as client:
        client.write(post(BODIES["chat"]))

        async def trickle() -> None:
            while True:
                client.write(b" ")
                await asyncio.sleep(0.1)

        trickling = asyncio.create_task(trickle())
        answer = await client.read()
        trickling.cancel()
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_body_in_pieces_may_take_its_time(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than the silence that is allowed, but never silent for so long."""
    monkeypatch.setattr(GuardedHttp, "silence_seconds", 5.0)
    gateway.simulator.say(Turn("Yes."))
    clock = asyncio.get_running_loop().time
    async with Client(gateway) as client:
        client.write(post(BODIES["chat"], len(BODY), b"X-Arriero-Tools: never\r\n"))
        begun = clock()
        for start in range(0, len(BODY), 20):
            client.write(BODY[start : start + 20])
            await asyncio.sleep(0.01)
        assert clock() > begun
        assert (await client.until(b"[DONE]\n\n")).startswith(b"HTTP/1.1 200 ")


async def test_the_rest_of_a_refused_body_is_not_waited_for(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedHttp, "silence_seconds", 0.2)
    async with Client(gateway) as client:
        client.write(post(BODIES["chat"], 1_000_000_000) + b"{")
        answer = await client.read()  # until the connection is closed
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_many_slow_ones_make_room(gateway: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes, however long it might still take; whoever asks at once has an answer."""
    monkeypatch.setattr(GuardedHttp, "most_unfinished", 5)
    slow = [Client(gateway) for _ in range(8)]
    async with AsyncExitStack() as stack:
        for number, client in enumerate(slow):
            await stack.enter_async_context(client)
            if number % 2:
                client.write(post(BODIES["chat"]) + b"{")
            else:
                client.write(b"GET /v1/models HTTP/1.1\r\nHost: lo")
            await gateway.http.get("/api/version")  # so that they come in this order
        for client in slow[:3]:
            assert (await client.read()).startswith(b"HTTP/1.1 408 ")
        assert len(GuardedHttp._unfinished) == 5
    while GuardedHttp._unfinished:  # nothing is left behind
        await asyncio.sleep(0)


async def test_bodies_at_once_are_bounded_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is allowed, and all of them are not."""
    places(tmp_path, monkeypatch)
    async with Simulator() as simulator, running(tmp_path, simulator, max_body_mb=1) as gateway:
        async with AsyncExitStack() as stack:
            answers = []
            for _ in range(5):
                client = await stack.enter_async_context(Client(gateway))
                client.write(post(BODIES["chat"], 950_000) + b" " * 900_000)
                answers.append(asyncio.ensure_future(client.until(b"\r\n\r\n")))
            (first,), others = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
            for other in others:
                other.cancel()
            answer = first.result()
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 1" in answer
        gateway.simulator.say(Turn("Yes."))
        while (await gateway.chat("Hi", tool_choice="none")).status_code == 503:
            await asyncio.sleep(0)  # the others leave
