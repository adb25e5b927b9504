"""Suggestions in the list of an editor that shows no text ahead of the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from arriero.models.rehearsal import Hold, SimulatedModel, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, position, through_the_forwarder

CODER = SimulatedModel(
    "coder", path="rendered", capabilities=("completion", "tools", "insert"), trained_window=8192
)
SETTINGS: dict[str, Any] = {
    "model": "coder",
    "window": {"preload": False},
    "agent": {"probe": False},
}
FIRST = "😀 = 0\nfor one in range(3):\n    pass\n\n\ndef double(number):\n    "
LINES = "return [\n        number,\n        number,\n    ]"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(models=[CODER]) as simulator:
        yield simulator


async def opened(
    root: Path, environment: dict[str, str], *, snippets: bool = True, **completion: Any
) -> Editor:
    editor = await through_the_forwarder(root, environment)
    editor.capabilities = {
        "general": {"positionEncodings": ["utf-32"]},
        "textDocument": {"completion": {"completionItem": {"snippetSupport": snippets}}},
    }
    wanted = {"pause": 0, "asItems": True, **completion}
    told = await editor.initialize({**SETTINGS, "completion": wanted})
    assert "completionProvider" in told["capabilities"]
    return editor


def asked(editor: Editor, name: str) -> asyncio.Future[Any]:
    params = {
        "textDocument": {"uri": editor.uri(name)},
        "position": position(editor.text(name), len(editor.text(name))),
        "context": {"triggerKind": 1},
    }
    return asyncio.ensure_future(editor.client.request("textDocument/completion", params))


@pytest.mark.parametrize(
    ("typed", "said", "label"),
    [
        ("ret", "urn number * 2", "return number * 2"),  # a line that is begun has one
        ("", LINES, "return ["),
    ],
)
async def test_the_item_is_the_whole_text_from_the_words_beginning(
    root: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
    typed: str,
    said: str,
    label: str,
) -> None:
    editor = await opened(root, environment)
    simulator.say(Turn(said + "\n"))
    text, whole = FIRST + typed, typed + said
    editor.open("a.py", text)
    told = await asked(editor, "a.py")
    assert told["isIncomplete"] is True
    (item,) = told["items"]
    command, edit = item.pop("command"), item.pop("textEdit")
    assert item == {
        "label": label,
        "kind": 1,
        "detail": "Arriero",
        "documentation": whole,
        "preselect": False,
        "sortText": "!",
        "filterText": label,
        "insertText": whole,
        "insertTextFormat": 1,
        "insertTextMode": 1,
    }
    cursor = position(text, len(text))
    start = {**cursor, "character": cursor["character"] - len(typed)}
    assert edit == {"range": {"start": start, "end": cursor}, "newText": whole}

    # What is typed of it stays in the list, and nobody is asked again.
    editor.replace(editor.uri("a.py"), len(text), len(text), said[:3])
    (rest,) = (await asked(editor, "a.py"))["items"]
    assert rest["textEdit"] == {
        "range": {"start": start, "end": {**cursor, "character": cursor["character"] + 3}},
        "newText": whole,
    }
    assert rest["command"] == command
    assert len([one for one in simulator.requests if one.path == "/api/generate"]) == 1
    assert await editor.client.request("workspace/executeCommand", command) == {"counted": True}
    completion = (await editor.command("status"))["completion"]
    assert (completion["shown"], completion["accepted"]) == (1, 1)
    await editor.leave()


async def test_who_takes_no_snippets_gets_one_line(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(root, environment, snippets=False)
    simulator.say(Turn("both = number\n    return both\n"), Turn("return both\n"))
    editor.open("a.py", FIRST)
    (item,) = (await asked(editor, "a.py"))["items"]
    assert item["insertText"] == item["textEdit"]["newText"] == "both = number"
    editor.replace(editor.uri("a.py"), len(FIRST), len(FIRST), "both = number\n    ")
    (item,) = (await asked(editor, "a.py"))["items"]
    assert item["insertText"] == "return both"
    await editor.leave()


async def test_switched_off_it_is_off_though_it_was_offered(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(root, environment)
    editor.client.notify(
        "workspace/didChangeConfiguration",
        {"settings": {"arriero": {**SETTINGS, "completion": {"asItems": False}}}},
    )
    await editor.command("status")
    editor.open("a.py", FIRST)
    assert await asked(editor, "a.py") == {"isIncomplete": False, "items": []}
    await editor.leave()


async def test_the_newest_request_has_the_model(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(root, environment)
    hold = Hold(after=1)
    simulator.say(Turn("1 2 3", holds=[hold]), Turn("4"))
    editor.open("a.py", "x = ")
    first = asked(editor, "a.py")
    await asyncio.wait_for(hold.reached.wait(), 20)
    editor.replace(editor.uri("a.py"), 4, 4, "y + ")
    second = asked(editor, "a.py")
    assert (await asyncio.wait_for(first, 20)) == {"isIncomplete": True, "items": []}
    (item,) = (await asyncio.wait_for(second, 20))["items"]
    assert item["textEdit"]["newText"] == "4"
    await editor.leave()


@pytest.mark.parametrize(
    ("text", "completion"),
    [
        ("x = ", {"disabledLanguages": ["python"]}),
        ("x = 1  # and ", {"inComments": False}),
    ],
)
async def test_where_nothing_is_suggested(
    root: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
    text: str,
    completion: dict[str, Any],
) -> None:
    editor = await opened(root, environment, **completion)
    editor.open("a.py", text)
    assert (await asked(editor, "a.py"))["items"] == []
    assert simulator.requests == [] or all(
        one.path != "/api/generate" for one in simulator.requests
    )
    await editor.leave()
