"""Documents through the protocol: encodings, line ends, versions, and edits of every kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from arriero.rpc.documents import Document, DocumentNotOpen
from arriero.workspace.text import PositionEncoding
from rpc.harness import new_server, serving

URI = "file:///a%20b/c.py"
ODD = "a\U0001f999é\r\nb\x0c\u2028c\rd\n"


def change(text: str, *at: int) -> types.TextDocumentContentChangeEvent:
    if not at:
        return types.TextDocumentContentChangeWholeDocument(text=text)
    start, end = types.Position(at[0], at[1]), types.Position(at[2], at[3])
    return types.TextDocumentContentChangePartial(range=types.Range(start, end), text=text)


@pytest.mark.parametrize(
    ("encoding", "before", "changes", "after"),
    [
        pytest.param("utf-16", "", [change("x", 0, 0, 0, 0)], "x", id="empty"),
        pytest.param("utf-16", "a", [change("b", 0, 1, 0, 1)], "ab", id="unterminated last line"),
        pytest.param("utf-16", "a", [change("b", 7, 0, 7, 0)], "ab", id="past the last line"),
        pytest.param("utf-16", "a\n", [change("b", 0, 9, 0, 9)], "ab\n", id="past the line's end"),
        pytest.param("utf-16", "a\r\nb", [change("x", 0, 9, 1, 0)], "axb", id="CR LF is one end"),
        pytest.param(
            "utf-16",
            "a\x0cb\u2028c\nd",
            [change("x", 1, 0, 1, 0)],
            "a\x0cb\u2028c\nxd",
            id="no line ends",
        ),
        pytest.param(
            "utf-16", "\U0001f999b", [change("x", 0, 2, 0, 2)], "\U0001f999xb", id="two units"
        ),
        pytest.param(
            "utf-8", "\U0001f999b", [change("x", 0, 4, 0, 4)], "\U0001f999xb", id="four bytes"
        ),
        pytest.param("utf-32", "\U0001f999b", [change("x", 0, 1, 0, 1)], "\U0001f999xb", id="one"),
        pytest.param("utf-16", "ab", [change("x", 0, 2, 0, 1)], "ax", id="range turned round"),
        pytest.param(
            "utf-16", "ab", [change("c\nd"), change("x", 1, 0, 1, 1)], "c\nx", id="full, then part"
        ),
        pytest.param(
            "utf-16", "a", [change("b", 0, 1, 0, 1), change("c", 0, 2, 0, 2)], "abc", id="in order"
        ),
        pytest.param("utf-16", "a\n", [], "a\n", id="nothing"),
    ],
)
def test_changes(
    encoding: PositionEncoding,
    before: str,
    changes: list[types.TextDocumentContentChangeEvent],
    after: str,
) -> None:
    document = Document(URI, before, 1, encoding=encoding)
    document.change(changes, 2)
    assert (document.text, document.version) == (after, 2)


@given(st.data())
def test_edits_are_as_if_made_on_the_whole_text(data: st.DataObject) -> None:
    encoding: PositionEncoding = data.draw(st.sampled_from(["utf-8", "utf-16", "utf-32"]))
    texts = st.text(st.sampled_from(ODD), max_size=12)
    document = Document(URI, data.draw(texts), 0, encoding=encoding)
    for _ in range(data.draw(st.integers(1, 5))):
        text = document.text
        ends = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        start, end = (document.position_at(offset) for offset in ends)
        new = data.draw(texts)
        # An offset within CR LF has no position: its own position is the line's end.
        first, last = document.offset_at(start), document.offset_at(end)
        edit = types.TextDocumentContentChangePartial(range=types.Range(start, end), text=new)
        document.change([edit], 1)
        assert document.text == text[:first] + new + text[last:]
        assert all(
            text[a - 1 : a + 1] == "\r\n"
            for a, b in zip(ends, (first, last), strict=True)
            if a != b
        )


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, "utf-16"),
        ([], "utf-16"),
        (["utf-8"], "utf-8"),
        (["utf-32", "utf-16"], "utf-32"),
        (["klingon", "utf-8", "utf-16"], "utf-8"),
        (["klingon"], "utf-16"),
    ],
)
async def test_the_clients_first_encoding_that_is_known(
    offered: list[str] | None, chosen: Any
) -> None:
    server = new_server()
    async with serving(server) as client:
        general = {} if offered is None else {"positionEncodings": offered}
        result = await client.initialize(capabilities={"general": general})
        assert result["capabilities"]["positionEncoding"] == chosen
        await opened(client, URI, "\U0001f999b")
        assert server.documents.get_text_document(URI).encoding == chosen


async def opened(client: Any, uri: str, text: str, version: int = 1) -> None:
    document = {"uri": uri, "languageId": "python", "version": version, "text": text}
    client.send(method="textDocument/didOpen", params={"textDocument": document})
    await client.ask("sync", "no/such/method")


async def test_the_life_of_a_document() -> None:
    server = new_server()
    seen: list[tuple[str, int | None]] = []

    @server.feature("textDocument/didChange")
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        document = server.documents.get_text_document(params.text_document.uri)
        seen.append((document.text, document.version))

    async with serving(server) as client:
        await client.initialize()
        await opened(client, URI, "a\r\nb")
        document = server.documents.find("file:///a b/c.py")
        assert document is not None
        assert (document.uri, document.language_id) == (URI, "python")
        position = {"line": 0, "character": 1}
        changes = [
            {"range": {"start": position, "end": position}, "text": "c"},
            {"range": {"start": position, "end": position}, "text": "d"},
        ]
        params = {"textDocument": {"uri": URI, "version": 7}, "contentChanges": changes}
        client.send(method="textDocument/didChange", params=params)
        await client.ask(1, "no/such/method")
        assert seen == [("adc\r\nb", 7)]
        client.send(method="textDocument/didClose", params={"textDocument": {"uri": URI}})
        await client.ask(2, "no/such/method")
        assert server.documents.find(URI) is None
        assert dict(server.documents.text_documents) == {}


async def test_a_file_that_is_not_open_is_not_read(tmp_path: Any) -> None:
    file = tmp_path / "file.txt"
    file.write_text("on disk")
    server = new_server()
    async with serving(server) as client:
        await client.initialize()
        with pytest.raises(DocumentNotOpen):
            server.documents.get_text_document(file.as_uri())


async def test_notebook_cells_are_documents() -> None:
    server = new_server()
    async with serving(server) as client:
        await client.initialize()
        cell = {"uri": "cell:1", "languageId": "python", "version": 1, "text": "x"}
        notebook = {"uri": "n:1", "notebookType": "j", "version": 1, "cells": []}
        params = {"notebookDocument": notebook, "cellTextDocuments": [cell]}
        client.send(method="notebookDocument/didOpen", params=params)
        await client.ask(1, "no/such/method")
        assert server.documents.get_text_document("cell:1").text == "x"
        params = {"notebookDocument": {"uri": "n:1"}, "cellTextDocuments": [{"uri": "cell:1"}]}
        client.send(method="notebookDocument/didClose", params=params)
        await client.ask(2, "no/such/method")
        assert server.documents.find("cell:1") is None


async def test_capabilities_can_be_amended() -> None:
    server = new_server()

    def amend(capabilities: types.ServerCapabilities) -> None:
        capabilities.experimental = {"agentClientProtocol": {"protocolVersion": 1}}

    server.on_capabilities(amend)
    async with serving(server) as client:
        capabilities = (await client.initialize())["capabilities"]
        assert capabilities["experimental"] == {"agentClientProtocol": {"protocolVersion": 1}}
        assert capabilities["textDocumentSync"]["change"] == 2


async def test_folders_are_kept() -> None:
    server = new_server()
    async with serving(server) as client:
        await client.initialize(workspaceFolders=[{"uri": "file:///a", "name": "a"}])
        event = {
            "added": [{"uri": "file:///b", "name": "b"}],
            "removed": [{"uri": "file:///a", "name": "a"}],
        }
        client.send(method="workspace/didChangeWorkspaceFolders", params={"event": event})
        await client.ask(1, "no/such/method")
        assert list(server.documents.folders) == ["file:///b"]
