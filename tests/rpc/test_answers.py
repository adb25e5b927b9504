"""Every request is answered exactly once, and nothing else is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import pytest
from pygls.exceptions import JsonRpcException

from arriero.daemon.framing import FrameDecoder
from arriero.rpc import loop
from rpc.harness import TIMEOUT, RawClient, new_server, serving


def framed(body: str | bytes) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    return b"Content-Length: %d\r\n\r\n" % len(data) + data


async def check(client: RawClient, data: bytes, *expected: tuple[Any, int | None]) -> None:
    """Send bytes; the answers must be those, as id and error code, and then none but a probe's."""
    client.send_raw(data)
    client.send(id="probe", method="no/such/method")
    for id_, code in expected:
        answer = await client.receive()
        assert answer["id"] == id_, answer
        assert answer.get("error", {}).get("code") == code, answer
    probed = await client.receive()
    assert (probed["id"], probed["error"]["code"]) == ("probe", -32601)


def noting(seen: list[Any]) -> Callable[[Any], None]:
    def handler(params: Any) -> None:
        seen.append(params)

    return handler


DEEP = "[" * 100_000
UNICODE = b'{"jsonrpc":"2.0","id":4,"method":"shutdown","params":{"x":"\xff"}}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("", [(None, -32700)], id="empty"),
        pytest.param("{", [(None, -32700)], id="open object"),
        pytest.param("nonsense", [(None, -32700)], id="no json"),
        pytest.param(DEEP, [(None, -32700)], id="too deep"),
        pytest.param('{"id":5,"a":' + DEEP, [(5, -32700)], id="too deep, with an id"),
        pytest.param(b"\xff\xfe\x00", [(None, -32700)], id="no utf-8"),
        pytest.param(UNICODE, [(4, -32700)], id="no utf-8, with an id"),
        pytest.param('{"jsonrpc":"2.0","id":NaN,"method":"x"}', [(None, -32700)], id="NaN"),
        pytest.param('{"jsonrpc":"2.0","id":3,"method":"x"', [(3, -32700)], id="cut at the end"),
        pytest.param('{"jsonrpc":"2.0","id":3,"method":"x",', [(3, -32700)], id="cut after it"),
        pytest.param('{"id":"a","x":tru}', [("a", -32700)], id="broken after the id"),
        pytest.param('{"x":tru,"id":"a"}', [(None, -32700)], id="broken before the id"),
        pytest.param('{"id":12', [(None, -32700)], id="perhaps half a number"),
        pytest.param('{"id":7,"result":tru}', [], id="broken answer"),
        pytest.param('{"id":7,"error":', [], id="cut answer"),
        pytest.param("5", [(None, -32600)], id="number"),
        pytest.param('"text"', [(None, -32600)], id="string"),
        pytest.param("null", [(None, -32600)], id="null"),
        pytest.param("{}", [(None, -32600)], id="empty object"),
        pytest.param('{"jsonrpc":"2.0","id":1}', [(1, -32600)], id="id alone"),
        pytest.param('{"id":1,"method":"x"}', [(1, -32600)], id="no version"),
        pytest.param('{"jsonrpc":"1.0","id":1,"method":"x"}', [(1, -32600)], id="version"),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":5}', [(1, -32600)], id="method of number"),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":null}', [(1, -32600)], id="null method"),
        pytest.param('{"jsonrpc":"2.0","id":1.5,"method":"x"}', [(None, -32600)], id="fraction id"),
        pytest.param('{"jsonrpc":"2.0","id":true,"method":"x"}', [(None, -32600)], id="bool id"),
        pytest.param('{"jsonrpc":"2.0","id":null,"method":"x"}', [(None, -32600)], id="null id"),
        pytest.param('{"jsonrpc":"2.0","id":{},"method":"x"}', [(None, -32600)], id="object id"),
        pytest.param(
            '{"jsonrpc":"2.0","id":1,"method":"x","params":5}', [(1, -32602)], id="params"
        ),
        pytest.param('{"jsonrpc":"2.0","id":1,"method":"x"}', [(1, -32601)], id="no such method"),
        pytest.param('{"jsonrpc":"2.0","id":"","method":"x"}', [("", -32601)], id="empty id"),
        pytest.param(
            '{"jsonrpc":"2.0","id":-9007199254740993,"method":"x"}',
            [(-9007199254740993, -32601)],
            id="long id",
        ),
        pytest.param('{"jsonrpc":"2.0","method":"x"}', [], id="unknown notification"),
        pytest.param(
            '{"jsonrpc":"2.0","method":"$/cancelRequest"}', [], id="cancel without params"
        ),
        pytest.param(
            '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":[]}}', [], id="odd"
        ),
        pytest.param(
            '{"jsonrpc":"2.0","method":"$/cancelRequest","params":[1]}', [], id="positional"
        ),
        pytest.param('{"jsonrpc":"2.0","id":99,"result":1}', [], id="answer to nothing"),
        pytest.param('{"jsonrpc":"2.0","id":99,"error":{}}', [], id="error answer to nothing"),
        pytest.param(
            '{"jsonrpc":"2.0","method":"initialize","params":{}}', [], id="told to initialize"
        ),
        pytest.param(
            '{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"x":1}}',
            [],
            id="bad didOpen",
        ),
        pytest.param(
            '{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":'
            '{"uri":"a:b","version":1},"contentChanges":[]}}',
            [],
            id="change of what is not open",
        ),
        pytest.param(
            '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}',
            [(1, -32600)],
            id="initialize again",
        ),
        pytest.param('{"jsonrpc":"2.0","method":"shutdown"}', [], id="told to shut down"),
        pytest.param("[]", [(None, -32600)], id="empty batch"),
        pytest.param("[1,{}]", [(None, -32600), (None, -32600)], id="batch of nothing"),
        pytest.param(
            '[{"jsonrpc":"2.0","id":1,"method":"x"},{"jsonrpc":"2.0","method":"x"},'
            '{"jsonrpc":"2.0","id":"b","method":"x"}]',
            [(1, -32600), ("b", -32600)],
            id="batch",
        ),
    ],
)
async def test_each_message(body: str | bytes, expected: list[tuple[Any, int]]) -> None:
    async with serving() as client:
        await client.initialize()
        await check(client, framed(body), *expected)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"garbage\r\n\r\n{}", [], id="no header"),
        pytest.param(
            b"Content-Length: 99999999999\r\n\r\n"
            b'{"jsonrpc":"2.0","id":8,"method":"x","params":"' + b"a" * 9999,
            [(8, -32600)],
            id="huge length",
        ),
        pytest.param(
            b"Content-Length: 99999999999\r\n\r\n" + b'{"params":"' + b"a" * 9999,
            [(None, -32600)],
            id="huge length without id",
        ),
        pytest.param(
            b"Content-Length: 60\r\n\r\n" + b'{"jsonrpc":"2.0","id":1,"method":"x"}',
            [(1, -32601)],
            id="length too long: the next header is found within",
        ),
        pytest.param(
            b"Content-Length: 30\r\n\r\n" + b'{"jsonrpc":"2.0","id":1,"method":"x"}',
            [(1, -32700)],
            id="length too short",
        ),
        pytest.param(
            b"Content-Length: 30\r\n\r\n" + framed('{"jsonrpc":"2.0","id":1,"method":"x"}'),
            [(1, -32601)],
            id="a header without body",
        ),
    ],
)
async def test_broken_framing(data: bytes, expected: list[tuple[Any, int]]) -> None:
    async with serving() as client:
        await client.initialize()
        await check(client, data, *expected)


async def test_only_endless_garbage_ends_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "FrameDecoder", partial(FrameDecoder, max_skipped=10_000))
    async with serving() as client:
        await client.initialize()
        for _ in range(20):
            await check(client, b"x" * 9_000)
        client.send_raw(b"x" * 20_000)
        await client.ends()


@pytest.mark.parametrize("params", [None, [], 5, "x", {}, {"capabilities": 5}])
async def test_initialize_may_be_tried_again(params: object) -> None:
    async with serving() as client:
        answer = await client.ask(1, "initialize", params)
        assert answer["error"]["code"] == -32602
        assert "capabilities" in await client.initialize()


async def test_an_unreadable_folder_uri_is_the_clients_error() -> None:
    async with serving() as client:
        params: dict[str, Any] = {"capabilities": {}, "rootUri": "http://[1"}
        assert (await client.ask(1, "initialize", params))["error"]["code"] == -32602


async def test_before_initialize() -> None:
    server = new_server()
    seen: list[Any] = []
    server.register_method("own/early", early=True)
    server.register_method("own/late")
    server.feature("own/early")(noting(seen))
    server.feature("own/late")(noting(seen))
    async with serving(server) as client:
        client.send(method="own/late", params={"late": 1})
        client.send(method="own/early", params={"early": 1})
        assert (await client.ask(1, "own/late"))["error"]["code"] == -32002
        assert (await client.ask(2, "shutdown"))["error"]["code"] == -32002
        assert (await client.ask(3, "own/early"))["result"] is None
        assert seen == [{"early": 1}, None]


async def test_after_shutdown() -> None:
    server = new_server()
    seen: list[Any] = []
    server.register_method("own/note")
    server.feature("own/note")(noting(seen))
    async with serving(server) as client:
        await client.initialize()
        assert (await client.ask(1, "shutdown"))["result"] is None
        client.send(method="own/note", params={})
        assert (await client.ask(2, "shutdown"))["error"]["code"] == -32600
        assert (await client.ask(3, "initialize", {}))["error"]["code"] == -32600
        client.send(method="exit")
        await client.ends()
        assert seen == []


async def test_shutdown_cancels_what_runs() -> None:
    server = new_server()
    server.register_method("own/wait")

    @server.feature("own/wait")
    async def wait(params: Any) -> None:
        await asyncio.sleep(TIMEOUT)

    async with serving(server) as client:
        await client.initialize()
        client.send(id=1, method="own/wait")
        client.send(id=2, method="shutdown")
        answers = [await client.receive(), await client.receive()]
        codes = {answer["id"]: answer.get("error", {}).get("code") for answer in answers}
        assert codes == {1: -32800, 2: None}


async def test_an_id_in_use() -> None:
    server = new_server()
    server.register_method("own/wait")
    go = asyncio.Event()

    @server.feature("own/wait")
    async def wait(params: Any) -> str:
        await go.wait()
        return "done"

    async with serving(server) as client:
        await client.initialize()
        client.send(id=1, method="own/wait")
        client.send(id="1", method="own/wait")
        assert (await client.ask(1, "own/wait"))["error"]["code"] == -32600
        go.set()
        answers = [await client.receive(), await client.receive()]
        assert [(answer["id"], answer["result"]) for answer in answers] == [
            (1, "done"),
            ("1", "done"),
        ]
        assert (await client.ask(1, "own/wait"))["result"] == "done"


async def test_too_many_requests_at_once() -> None:
    server = new_server()
    server.register_method("own/wait")
    go = asyncio.Event()

    @server.feature("own/wait")
    async def wait(params: Any) -> None:
        await go.wait()

    async with serving(server) as client:
        await client.initialize()
        for id_ in range(1002):
            client.send(id=id_, method="own/wait")
        refused = [await client.receive(), await client.receive()]
        assert [(one["id"], one["error"]["code"]) for one in refused] == [
            (1000, -32803),
            (1001, -32803),
        ]
        go.set()
        for id_ in range(1000):
            assert "result" in await client.answer_to(id_)


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    "result",
    [
        pytest.param(object(), id="no json"),
        pytest.param(float("nan"), id="nan"),
        pytest.param(ValueError("broken"), id="an exception"),
        pytest.param(asyncio.CancelledError(), id="a cancellation of its own"),
    ],
)
async def test_a_handler_that_fails(kind: str, result: Any) -> None:
    server = new_server()
    server.register_method("own/fail")

    def fail(params: Any) -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    async def fail_later(params: Any) -> Any:
        await asyncio.sleep(0)
        return fail(params)

    server.feature("own/fail")(fail if kind == "sync" else fail_later)
    async with serving(server) as client:
        await client.initialize()
        answer = await client.ask(1, "own/fail")
        cancelled = isinstance(result, asyncio.CancelledError)
        assert answer["error"]["code"] == (-32800 if cancelled else -32603)
        assert "Traceback" not in json.dumps(answer)
        assert "result" in await client.ask(2, "shutdown")


@pytest.mark.parametrize("data", [{"retry": True}, object()])
async def test_an_error_with_data(data: Any) -> None:
    server = new_server()
    server.register_method("own/refuse")

    @server.feature("own/refuse")
    def refuse(params: Any) -> None:
        raise JsonRpcException("not now", code=-32001, data=data)

    async with serving(server) as client:
        await client.initialize()
        error = (await client.ask(1, "own/refuse"))["error"]
        sent = {"data": data} if isinstance(data, dict) else {}
        assert error == {"code": -32001, "message": "not now", **sent}


@attrs.frozen
class Search:
    some_query: str
    max_count: int = 10
    deep: bool | None = None


@attrs.frozen
class Found:
    first_line: int
    label: str | None = None


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"someQuery": "a"}, Search("a")),
        ({"someQuery": "a", "maxCount": 2.0, "deep": True, "more": 1}, Search("a", 2, True)),
        ({"someQuery": 5}, None),
        ({"someQuery": "a", "maxCount": "2"}, None),
        ({"someQuery": "a", "maxCount": True}, None),
        ({"someQuery": "a", "maxCount": 1e999}, None),
        ({"someQuery": "a", "deep": "false"}, None),
        ({"some_query": "a"}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
async def test_params_of_own_methods(params: Any, expected: Search | None) -> None:
    server = new_server()
    seen: list[Search] = []
    server.register_method("own/search", Search)

    @server.feature("own/search")
    def search(params: Search) -> Found:
        seen.append(params)
        return Found(3)

    async with serving(server) as client:
        await client.initialize()
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "own/search", "params": params})
        client.send_raw(framed(body.replace("Infinity", "1e999")))
        answer = await client.answer_to(1)
        if expected is None:
            assert answer["error"]["code"] == -32602
            assert seen == []
        else:
            assert answer["result"] == {"firstLine": 3, "label": None}
            assert seen == [expected]


async def test_a_handler_sees_the_documents_as_they_were_at_its_request() -> None:
    server = new_server()
    server.register_method("own/text")

    @server.feature("own/text")
    async def text(params: Any) -> str:
        return server.documents.get_text_document("a:b").text

    async with serving(server) as client:
        await client.initialize()
        document = {"uri": "a:b", "languageId": "c", "version": 1, "text": "old"}
        client.send(method="textDocument/didOpen", params={"textDocument": document})
        client.send(id=1, method="own/text")
        changed = {
            "textDocument": {"uri": "a:b", "version": 2},
            "contentChanges": [{"text": "new"}],
        }
        client.send(method="textDocument/didChange", params=changed)
        client.send(id=2, method="own/text")
        assert (await client.answer_to(1))["result"] == "old"
        assert (await client.answer_to(2))["result"] == "new"
