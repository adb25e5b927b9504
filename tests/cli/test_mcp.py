"""`arriero mcp`, asked by the client of the mcp package."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from arriero.workspace.uris import path_to_uri
from cli.result import Result
from forked import program

pytestmark = pytest.mark.skipif(
    util.find_spec("mcp") is None, reason="the extra `mcp` is not installed"
)

READS = {
    "find_symbol",
    "glob_files",
    "grep_search",
    "list_directory",
    "read_file",
    "search_workspace",
}
EDITS = {"delete_file", "edit_file", "rename_file", "write_file"}
RUNS = {"command_output", "run_command", "run_python"}


@pytest.fixture
def folder(work: Path) -> Path:
    (work / "a.txt").write_text("one\ntwo\n")
    return work


@asynccontextmanager
async def client(cwd: Path, *arguments: str, **more: Any) -> AsyncIterator[Any]:
    import mcp  # 0.6 s, which other tests collect without

    python, *words = program()
    server = mcp.StdioServerParameters(
        command=python,
        args=[*words, "mcp", *arguments],
        cwd=str(cwd),
        env=dict(os.environ),
    )
    async with mcp.Client(server, read_timeout_seconds=60, **more) as made:
        yield made


def said(result: Any) -> str:
    return "\n".join(part.text for part in result.content)


@pytest.mark.parametrize(
    ("mode", "names"), [("ask", READS), ("edit", READS | EDITS), ("agent", READS | EDITS | RUNS)]
)
async def test_the_tools_of_a_mode(folder: Path, mode: str, names: set[str]) -> None:
    async with client(folder, "--mode", mode) as made:
        tools = (await made.list_tools()).tools
        refused = await made.call_tool("write_file", {"path": "b.txt", "content": "x"})
    assert {tool.name for tool in tools} == names
    for tool in tools:
        assert tool.annotations.read_only_hint == (tool.name in READS)
        assert tool.input_schema["type"] == "object"
        assert tool.description
    assert refused.is_error == (mode == "ask")
    assert (folder / "b.txt").exists() == (mode != "ask")


def test_an_edit_is_on_disk_and_can_be_taken_back(
    folder: Path, arriero: Callable[..., Result]
) -> None:
    run_id = asyncio.run(edited_once(folder))
    try:
        undone = arriero("undo", run_id)
        assert undone.code == 0, undone.err
        assert (folder / "a.txt").read_text() == "zero\none\ntwo\n"
    finally:
        arriero("daemon", "stop")


async def edited_once(folder: Path) -> str:
    """Edit, look, edit in vain; return the run that edited."""
    async with client(folder, "--mode", "edit") as made:
        read = await made.call_tool("read_file", {"path": "a.txt"})
        assert "two" in said(read)
        arguments = {"path": "a.txt", "old_string": "two", "new_string": "2"}
        edited = await made.call_tool("edit_file", arguments)
        assert not edited.is_error
        assert (folder / "a.txt").read_text() == "one\n2\n"
        # What changes on disk meanwhile is seen.
        (folder / "a.txt").write_text("zero\none\n2\n")
        assert "zero" in said(await made.call_tool("read_file", {"path": "a.txt"}))
        wrong = await made.call_tool("edit_file", arguments)
        assert wrong.is_error
        assert said(wrong).startswith("Error:")
    return said(edited).split("arriero undo ")[1].split("`")[0]


async def test_never_leaves_a_proposal(folder: Path) -> None:
    async with client(folder, "--apply", "never") as made:
        result = await made.call_tool("write_file", {"path": "b.txt", "content": "x"})
    assert not result.is_error
    assert "once the user accepts it" in said(result)
    assert not (folder / "b.txt").exists()


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("read_file", {"path": "../../etc/passwd"}, "outside of the workspace"),
        ("read_file", {}, "'path' is missing"),
        ("no_such_tool", {}, "there is no tool 'no_such_tool'"),
        ("write_file", {"path": "a/../../b", "content": "x"}, "outside of the workspace"),
    ],
)
async def test_what_is_refused(
    folder: Path, name: str, arguments: dict[str, Any], words: str
) -> None:
    async with client(folder) as made:
        result = await made.call_tool(name, arguments)
    assert result.is_error
    assert words in said(result)


async def test_the_roots_of_the_client(folder: Path, tmp_path: Path) -> None:
    other = Path(os.path.realpath(tmp_path)) / "other"
    other.mkdir()
    (other / "there.txt").write_text("I am there.\n")

    async def roots(_: Any) -> Any:
        from mcp_types import ListRootsResult, Root
        from pydantic import FileUrl

        return ListRootsResult(roots=[Root(uri=FileUrl(path_to_uri(str(other))))])

    async with client(folder, list_roots_callback=roots, mode="legacy") as made:
        assert "I am there." in said(await made.call_tool("read_file", {"path": "there.txt"}))
    async with client(folder, "-w", str(folder), list_roots_callback=roots, mode="legacy") as made:
        assert (await made.call_tool("read_file", {"path": "there.txt"})).is_error


def test_without_the_package_it_says_how_to_get_it(
    arriero: Callable[..., Result], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    result = arriero("mcp")
    assert result.code == 1
    assert result.err == "arriero: The package `mcp` is missing: pip install 'arriero[mcp]'\n"


HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


async def test_what_cannot_be_read_is_answered(folder: Path) -> None:
    python, *words = program()
    process = await asyncio.create_subprocess_exec(
        python, *words, "mcp", cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    half = {"name": "write_file", "arguments": {"path": "b.txt", "content": "a\ud83d b"}}
    sent: list[Any] = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": ["a"]},
        {"jsonrpc": "2.0", "id": "three"},
        {"jsonrpc": "2.0", "id": 4, "result": 5},
        {"jsonrpc": "2.0", "id": 4, "result": "\ud83d"},
        {"jsonrpc": "2.0", "method": "x", "params": 5},
        {"jsonrpc": "2.0", "method": "x", "params": {"a": "\ud83d"}},
        {"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": half},
        [{"jsonrpc": "2.0", "id": 0, "method": "ping"}],
        {"jsonrpc": "2.0", "id": 6, "method": "ping"},
    ]
    lines = [b"no JSON", b"", b"  ", b"\xff\xfe", *(json.dumps(one).encode() for one in sent)]
    process.stdin.write(b"".join(line + b"\n" for line in lines))
    answers: dict[Any, list[Any]] = {}
    while 6 not in answers:
        answer = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        answers.setdefault(answer["id"], []).append(answer.get("error", {}).get("code"))
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 60) == 0
    assert await process.stdout.read() == b""
    assert answers == {
        None: [-32700, -32700, -32600],
        1: [None],
        2: [-32600],
        "three": [-32600],
        5: [-32700],
        6: [None],
    }
    assert not (folder / "b.txt").exists()


@pytest.mark.parametrize("uri", ["file:///nope/x", "file://{}/a.txt", "https://x/y"])
async def test_roots_that_are_no_folders_are_not_the_current_one(folder: Path, uri: str) -> None:
    python, *words = program()
    process = await asyncio.create_subprocess_exec(
        python, *words, "mcp", cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None
    able = {**HELLO, "capabilities": {"roots": {}}}
    call = {"name": "list_directory", "arguments": {"path": "."}}
    for number, method, params in (
        (1, "initialize", able),
        (None, "notifications/initialized", {}),
        (2, "tools/call", call),
        (3, "tools/list", {}),
    ):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        stdin.write(json.dumps(message).encode() + b"\n")
    answers: dict[Any, Any] = {}
    while not {2, 3} <= answers.keys():
        message = json.loads(await asyncio.wait_for(stdout.readline(), 60))
        if message.get("method") == "roots/list":
            told = {"roots": [{"uri": uri.format(folder)}]}
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": told}
            stdin.write(json.dumps(answer).encode() + b"\n")
        else:
            answers[message["id"]] = message
    stdin.close()
    await process.wait()
    called = answers[2]["result"]
    assert called["isError"]
    sentence = called["content"][0]["text"].removeprefix("Error: ")
    assert sentence.startswith("The client's roots are no folders of this machine: open a folder")
    assert answers[3]["error"]["message"] == sentence
