"""Large messages are made and read in threads, and still each is in its place."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types

from arriero.rpc.server import Server
from rpc.harness import new_server, serving

LARGE = "é" * 200_000


def large_server() -> Server:
    server = new_server()
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(lambda params: None)

    def speak(params: Any) -> str:
        for number in range(6):
            text = LARGE if number % 2 else "small"
            server.notify("own/event", {"number": number, "text": text})
        return "spoken"

    def text(params: Any) -> Any:
        document = server.documents.find(params["uri"])
        return None if document is None else [len(document.text), document.snapshot[0].line_count]

    for method, handler in [
        ("own/speak", speak),
        ("own/text", text),
        ("own/echo", lambda params: params),
        ("own/unsendable", lambda params: [LARGE, object()]),
    ]:
        server.register_method(method)
        server.feature(method)(handler)
    return server


async def test_messages_keep_their_order() -> None:
    async with serving(large_server()) as client:
        await client.initialize()
        client.send(id=1, method="own/speak")
        client.send(id=2, method="own/echo", params=["after"])
        numbers = [(await client.receive())["params"]["number"] for _ in range(6)]
        assert numbers == list(range(6))
        assert (await client.answer_to(1))["result"] == "spoken"
        assert (await client.answer_to(2))["result"] == ["after"]


@pytest.mark.parametrize("size", [1, 70_000, 1_200_000])
async def test_a_large_value_comes_back(size: int) -> None:
    async with serving(large_server()) as client:
        await client.initialize()
        value = {"text": "漢\n" * size, "more": [1, None]}
        assert (await client.ask(1, "own/echo", value))["result"] == value


async def test_a_large_answer_that_is_no_json_is_an_error() -> None:
    async with serving(large_server()) as client:
        await client.initialize()
        answer = await client.ask(1, "own/unsendable")
        assert "own/unsendable failed" in answer["error"]["message"]
        assert (await client.ask(2, "own/echo", [1]))["result"] == [1]


async def test_a_large_document_is_in_step_with_what_follows() -> None:
    async with serving(large_server()) as client:
        await client.initialize()
        text = "line\n" * 100_000
        item = {"uri": "file:///a", "languageId": "text", "version": 1, "text": text}
        client.send(method="textDocument/didOpen", params={"textDocument": item})
        start = {"line": 0, "character": 0}
        small = {"range": {"start": start, "end": start}, "text": "x\n"}
        for changes in ([small], [{"text": text + text}, small]):
            params = {"textDocument": {"uri": "file:///a", "version": 2}, "contentChanges": changes}
            client.send(method="textDocument/didChange", params=params)
        assert (await client.ask(1, "own/text", {"uri": "file:///a"}))["result"] == [
            2 * len(text) + 2,
            200_002,
        ]


async def test_large_params_that_do_not_fit_are_refused() -> None:
    async with serving(large_server()) as client:
        await client.initialize()
        answer = await client.ask(1, "textDocument/codeAction", {"textDocument": LARGE})
        assert answer["error"]["code"] in (-32602, -32601)
        client.send_raw(b'Content-Length: 70002\r\n\r\n{"id":7,"method":"m","x":"' + b"a" * 69_976)
        assert (await client.answer_to(7))["error"]["code"] == -32700


async def test_leaving_while_an_answer_is_made() -> None:
    async with serving(large_server()) as client:
        await client.initialize()
        for number in range(5):
            client.send(id=number, method="own/echo", params=[LARGE] * 5)
        await client.answer_to(0)
        client.writer.transport.abort()
