"""The ten defects of pygls's loop and protocol that a daemon must not have, each with a test.

With the behaviour of stock pygls each of these tests fails.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import weakref
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from arriero.rpc import inflight
from arriero.rpc.inflight import ConnectionLost
from arriero.rpc.loop import serve
from arriero.rpc.server import Server
from rpc.harness import TIMEOUT, RawClient, new_server, pair, serving


async def test_1_params_that_do_not_fit_are_answered() -> None:
    async with serving() as client:
        await client.initialize()
        answer = await client.ask(1, "workspace/executeCommand", {"command": 5})
        assert answer["error"]["code"] == -32602
        assert "params.command" in answer["error"]["message"]


async def test_2_a_nested_jsonrpc_key_is_data() -> None:
    server = new_server()
    seen = []
    server.register_method("own/echo")

    @server.feature("own/echo")
    def echo(params: Any) -> Any:
        seen.append(params)
        return params

    async with serving(server) as client:
        await client.initialize()
        params = {"message": {"jsonrpc": "2.0", "id": 7, "method": "initialize", "params": {}}}
        assert (await client.ask(1, "own/echo", params))["result"] == params
        assert seen == [params]


async def test_3_nothing_is_kept_of_a_notification() -> None:
    server = new_server()
    server.register_method("own/note")

    @server.feature("own/note")
    async def note(params: Any) -> None:
        await asyncio.sleep(0)

    async with serving(server) as client:
        await client.initialize()
        for _ in range(50):
            client.send(method="own/note", params={})
            client.send(method="textDocument/didClose", params={"textDocument": {"uri": "a:b"}})
        await client.ask(1, "shutdown")
        assert len(server.protocol.running) == 0
        assert len(server.protocol._request_futures) == 0


async def test_4_cancelling_a_command_cancels_it() -> None:
    server = new_server()
    begun, ended = asyncio.Event(), asyncio.Event()

    @server.command("wait")
    async def wait(*args: Any) -> None:
        begun.set()
        try:
            await asyncio.sleep(TIMEOUT)
        finally:
            ended.set()

    async with serving(server) as client:
        await client.initialize()
        client.send(id=1, method="workspace/executeCommand", params={"command": "wait"})
        await asyncio.wait_for(begun.wait(), TIMEOUT)
        client.send(method="$/cancelRequest", params={"id": 1})
        assert (await client.answer_to(1))["error"]["code"] == -32800
        assert ended.is_set()


async def test_5_an_answer_after_the_timeout_is_ignored() -> None:
    server = new_server()
    async with serving(server) as client:
        await client.initialize()
        with pytest.raises(asyncio.TimeoutError):
            await server.request("window/showMessageRequest", {}, timeout=0.01)
        asked = await client.receive()
        assert await client.receive() == {
            "jsonrpc": "2.0",
            "method": "$/cancelRequest",
            "params": {"id": asked["id"]},
        }
        client.send(id=asked["id"], result=None)
        client.send(id=asked["id"], error={"code": 1, "message": "twice"})
        assert "result" in await client.ask(1, "shutdown")


async def test_6_progress_tokens_and_unanswered_requests_end() -> None:
    server = new_server()
    progress = server.work_done_progress
    async with serving(server) as client:
        await client.initialize()
        creating = asyncio.ensure_future(progress.create_async("token"))
        asked = await client.receive()
        client.send(id=asked["id"])  # neither result nor error: some clients do that
        await asyncio.wait_for(creating, TIMEOUT)
        progress.begin("token", types.WorkDoneProgressBegin("title"))
        progress.end("token", types.WorkDoneProgressEnd())
        assert progress.tokens == {}
        progress.begin("cancelled", types.WorkDoneProgressBegin("title"))
        cancelled = progress.tokens["cancelled"]
        for token in ("cancelled", "token", 5):
            client.send(method="window/workDoneProgress/cancel", params={"token": token})
        progress.begin("left open", types.WorkDoneProgressBegin("title"))
        left_open = progress.tokens["left open"]
        waiting = server.protocol.send_request("window/showMessageRequest", {})
    assert cancelled.cancelled()
    assert left_open.cancelled()
    assert progress.tokens == {}
    assert isinstance(waiting.exception(0), ConnectionLost)
    assert len(server.protocol.awaited) == 0
    assert server.protocol._result_types == {}


async def test_7_a_dead_connection_is_collected() -> None:
    async def connect() -> weakref.ref[Server]:
        server = new_server()
        server.feature("textDocument/didOpen")(lambda params: None)
        async with serving(server) as client:
            await client.initialize()
            server.protocol.get_message_type("initialize")
            server.protocol.get_result_type("initialize")
            await client.ask(1, "shutdown")
        return weakref.ref(server)

    dead = await connect()
    gc.collect()
    assert dead() is None


async def test_8_a_client_that_does_not_read_is_disconnected() -> None:
    server = new_server()
    other = new_server()
    async with serving(other) as second, serving(server) as client:
        await client.initialize()
        await second.initialize()
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        assert server.protocol._outbox is not None
        sent = 0
        while not server.protocol._outbox.closed:
            server.notify("own/event", {"text": "x" * 1_000_000})
            sent += 1
            assert sent < 40  # each has 1 MB, and the limit is 32
        assert "result" in await second.ask(1, "shutdown")


async def test_8_a_client_that_does_not_read_is_not_read_either() -> None:
    server = new_server()
    server.register_method("own/big")
    handled = 0

    @server.feature("own/big")
    def big(params: Any) -> str:
        nonlocal handled
        handled += 1
        return "x" * 100_000

    async with serving(server) as client:
        await client.initialize()
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for id_ in range(200):
            client.send(id=id_, method="own/big")
        for _ in range(500):
            await asyncio.sleep(0)
        assert handled < 50
        client.reader._transport.resume_reading()  # type: ignore[attr-defined]
        for id_ in range(200):
            await client.answer_to(id_)


async def test_9_texts_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with serving() as client:
            await client.initialize()
            document = {"uri": "a:b", "languageId": "c", "version": 1, "text": "a secret"}
            client.send(method="textDocument/didOpen", params={"textDocument": document})
            await client.ask(1, "shutdown")
    assert "secret" not in caplog.text
    assert logging.getLogger("pygls").level == logging.WARNING


async def test_10_a_handler_in_a_thread_answers_on_the_loop() -> None:
    server = new_server()
    server.register_method("own/threaded")
    threads: list[int] = []

    @server.feature("own/threaded")
    @server.thread()
    def threaded(params: Any) -> str:
        threads.append(threading.get_ident())
        server.notify("own/event", {})  # also from there it is sent by the loop
        return "done"

    async with serving(server) as client:
        await client.initialize()
        assert server.protocol._outbox is not None
        writer = server.protocol._outbox._writer
        write = writer.write

        def noting(data: Any) -> None:
            threads.append(threading.get_ident())
            write(data)

        writer.write = noting  # type: ignore[method-assign]
        client.send(id=1, method="own/threaded")
        assert (await client.receive())["method"] == "own/event"
        assert (await client.answer_to(1))["result"] == "done"
    worker, *loop = threads
    assert set(loop) == {threading.get_ident()}
    assert worker != threading.get_ident()


async def test_documents_stay_in_step_when_too_much_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflight, "MAX_RUNNING", 1)
    server = new_server()
    server.register_method("own/wait")
    seen: list[Any] = []

    @server.feature("own/wait")
    async def wait(params: Any) -> None:
        seen.append(params)
        await asyncio.sleep(TIMEOUT)

    async with serving(server) as client:
        await client.initialize()
        for number in range(3):
            client.send(method="own/wait", params={"n": number})
        document = {"uri": "a:b", "languageId": "c", "version": 1, "text": "text"}
        client.send(method="textDocument/didOpen", params={"textDocument": document})
        assert (await client.ask(1, "own/wait"))["error"]["code"] == -32803
        assert server.documents.get_text_document("a:b").text == "text"
    assert seen == [{"n": 0}]


async def test_exit_ends_the_connection_and_nothing_else() -> None:
    async with serving() as other, serving() as client:
        await other.initialize()
        await client.initialize()
        client.send(method="exit")
        await client.ends()
        assert "result" in await other.ask(1, "shutdown")


async def test_what_was_asked_before_exit_is_answered_in_full() -> None:
    server = new_server()
    server.register_method("own/big")
    server.feature("own/big")(lambda params: "x" * 900_000)
    async with serving(server) as client:
        await client.initialize()
        client.send(id=1, method="own/big")
        client.send(method="exit")
        assert len((await client.answer_to(1))["result"]) == 900_000
        await client.ends()


@pytest.mark.parametrize("for_what", ["an answer", "something else"])
async def test_a_client_that_leaves_takes_its_handlers_along(for_what: str) -> None:
    server = new_server()
    begun, ended = asyncio.Event(), asyncio.Event()
    server.register_method("own/wait")

    @server.feature("own/wait")
    async def wait(params: Any) -> None:
        begun.set()
        try:
            if for_what == "an answer":
                await server.request("window/showMessageRequest", {}, timeout=None)
            await asyncio.sleep(TIMEOUT)
        finally:
            ended.set()

    async with serving(server) as client:
        await client.initialize()
        client.send(id=1, method="own/wait")
        await asyncio.wait_for(begun.wait(), TIMEOUT)
    assert ended.is_set()


async def test_what_is_asked_of_a_client_that_left_fails_at_once() -> None:
    server = new_server()
    async with serving(server) as client:
        await client.initialize()
    with pytest.raises(ConnectionLost):
        await server.request("window/showMessageRequest", {}, timeout=None)
    server.notify("own/event", {})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"error": {"code": -32601, "message": "no"}}, (-32601, "no"), id="error"),
        pytest.param({"error": "odd"}, (-32603, "odd"), id="error without shape"),
        pytest.param(
            {"error": {"code": 1 << 40, "message": 3}}, (-32603, "unknown error"), id="odd"
        ),
        pytest.param(
            {"result": {"applied": "maybe"}}, (-32603, "the client's answer"), id="result"
        ),
    ],
)
async def test_a_client_that_cannot_or_errs(answer: Any, expected: tuple[int, str]) -> None:
    server = new_server()
    async with serving(server) as client:
        await client.initialize()
        asking = asyncio.ensure_future(server.request("workspace/applyEdit", {}, timeout=TIMEOUT))
        asked = await client.receive()
        client.send(id=asked["id"], **answer)
        with pytest.raises(JsonRpcException) as caught:
            await asking
    assert caught.value.code == expected[0]
    assert caught.value.message.startswith(expected[1])


async def test_both_sides_may_use_one_id() -> None:
    server = new_server()
    server.register_method("own/ask")

    @server.feature("own/ask")
    async def ask(params: Any) -> Any:
        return await server.request("own/question", {}, timeout=TIMEOUT)

    async with serving(server) as client:
        await client.initialize()
        client.send(id=1, method="own/ask")
        question = await client.receive()
        assert question["id"] == 1
        client.send(id=1, result="yes")
        assert (await client.answer_to(1))["result"] == "yes"


async def test_the_end_of_serving_cancels_and_closes() -> None:
    (reader, writer), (theirs, writer_of_client) = await pair()
    task = asyncio.ensure_future(serve(reader, writer, new_server()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=TIMEOUT)
    assert task.cancelled()
    assert await asyncio.wait_for(theirs.read(), TIMEOUT) == b""
    writer_of_client.close()


@pytest.mark.skipif(os.name != "posix", reason="asyncio reads pipes on POSIX only")
async def test_pipes_do_as_well_as_sockets() -> None:
    """As for a server on stdio: the writer of a pipe has no `wait_closed`."""
    loop = asyncio.get_running_loop()
    (to_server, from_client), (to_client, from_server) = os.pipe(), os.pipe()

    async def reader_of(descriptor: int) -> asyncio.StreamReader:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await loop.connect_read_pipe(lambda: protocol, os.fdopen(descriptor, "rb"))
        return reader

    async def writer_of(descriptor: int) -> asyncio.StreamWriter:
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(descriptor, "wb")
        )
        return asyncio.StreamWriter(transport, protocol, None, loop)

    server = new_server()
    server.register_method("own/echo", early=True)
    server.feature("own/echo")(lambda params: params)
    work = serve(await reader_of(to_server), await writer_of(from_server), server)
    task = asyncio.ensure_future(work)
    client = RawClient(await reader_of(to_client), await writer_of(from_client))
    large = {"text": "x" * 500_000}
    assert (await client.ask(1, "own/echo", large))["result"] == large
    client.send(method="exit")
    await client.ends()
    await asyncio.wait_for(task, TIMEOUT)
    client.close()


async def test_an_answer_at_the_same_moment_does_not_undo_a_cancellation() -> None:
    server = new_server()
    async with serving(server) as client:
        await client.initialize()
        asking = asyncio.ensure_future(server.request("own/question", {}, timeout=TIMEOUT))
        asked = await client.receive()
        taken = server.protocol.awaited.take(asked["id"])
        assert taken is not None
        taken[0].set_result("yes")
        await asyncio.sleep(0)  # the answer is there, and who asked has not gone on yet
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_a_request_that_could_not_be_sent_is_not_awaited() -> None:
    server = new_server()
    async with serving(server) as client:
        await client.initialize()
        future = server.protocol.send_request("own/question", {})
        future.set_exception(ValueError("no JSON"))  # as what makes a large message tells it
        assert len(server.protocol.awaited) == 0
