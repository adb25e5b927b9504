"""Suggestions at the cursor: a real daemon, an editor on its socket, a model that fills in."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from arriero.models.rehearsal import Hold, SimulatedModel, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket, position

CODER = SimulatedModel(
    "coder", path="rendered", capabilities=("completion", "tools", "insert"), trained_window=8192
)
CHATS = SimulatedModel("chats", trained_window=8192)
SETTINGS: dict[str, Any] = {
    "model": "coder",
    "window": {"preload": False},
    "agent": {"probe": False},
    "completion": {"pause": 0},
}
USERS = "class Account:\n    def find_password(self, name):\n        return load(name)\n"
_ANSWER = 0.1  # seconds that the model takes for an answer
_NOTICED = 0.08  # seconds until a server that works has noticed that somebody has left
FIRST = "total = 0\nfor one in range(3):\n    total += one\n\n\ndef double(number):\n    "


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(models=[CODER, CHATS]) as simulator:
        yield simulator


@pytest.fixture
def project(root: Path) -> Path:
    (root / "users.py").write_text(USERS)
    return root


async def opened(project: Path, environment: dict[str, str], **completion: Any) -> Editor:
    editor = await on_the_socket(project, environment)
    settings = {**SETTINGS, "completion": {**SETTINGS["completion"], **completion}}
    await editor.initialize(settings)
    return editor


def params(editor: Editor, name: str, offset: int, kind: int = 2) -> dict[str, Any]:
    return {
        "textDocument": {"uri": editor.uri(name)},
        "position": position(editor.text(name), offset),
        "context": {"triggerKind": kind},
    }


async def suggested(editor: Editor, name: str, offset: int | None = None, kind: int = 2) -> Any:
    """Ask at an offset, the end of the text by default; returns the item or None."""
    at = len(editor.text(name)) if offset is None else offset
    told = await editor.client.request(
        "textDocument/inlineCompletion", params(editor, name, at, kind), timeout=20
    )
    assert len(told["items"]) <= 1
    return told["items"][0] if told["items"] else None


def fills(simulator: Simulator) -> list[dict[str, Any]]:
    return [one.body for one in simulator.requests if one.path == "/api/generate"]


async def test_from_the_cursor_to_the_model_and_back(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    simulator.say(Turn("return number * 2\n\n\nprint(double(4))\n"))
    editor.open("a.py", FIRST)
    item = await suggested(editor, "a.py")
    assert item["insertText"] == "return number * 2"
    assert item["range"]["start"] == item["range"]["end"] == {"line": 6, "character": 4}
    (asked,) = fills(simulator)
    assert asked["prompt"].endswith(FIRST)
    assert asked["suffix"] == "\n"
    assert asked["think"] is False
    assert asked["options"]["num_predict"] > 64  # a block is open

    # What is typed of it stays, and nobody is asked again.
    uri, end = editor.uri("a.py"), len(FIRST)
    editor.replace(uri, end, end, "return n")
    rest = await suggested(editor, "a.py")
    assert rest["insertText"] == "umber * 2"
    assert rest["command"] == item["command"]
    assert len(fills(simulator)) == 1

    told = await editor.client.request(
        "workspace/executeCommand",
        {"command": rest["command"]["command"], "arguments": rest["command"]["arguments"]},
    )
    assert told == {"counted": True}
    status = await editor.command("status")
    assert status["completion"] == {
        "enabled": True,
        "model": "coder",
        "form": "fill",
        "shown": 1,
        "accepted": 1,
        "message": "",
    }
    await editor.leave()


async def test_what_stands_after_the_cursor_is_told_and_not_said_again(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    simulator.say(Turn("name, 'x')\nmore"))
    text = "result = call()\nnext_thing(result)\n"
    editor.open("a.py", text)
    item = await suggested(editor, "a.py", text.index(")\nnext"))
    assert item["insertText"] == "name, 'x'"
    assert fills(simulator)[0]["suffix"] == ")\nnext_thing(result)\n"
    assert fills(simulator)[0]["options"]["stop"] == ["\n"]
    await editor.leave()


async def test_definitions_and_recent_edits_stand_before_as_comments(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    (folder,) = (await editor.client.request("arriero/index", {"wait": 30}))["indexes"]
    assert folder["state"] == "ready"
    editor.open("b.py", "LIMIT = 3\n")
    editor.replace(editor.uri("b.py"), 0, 0, "SECRET_SAUCE = 7\n")
    simulator.say(Turn("name)"))
    editor.open("a.py", "account.find_password(")
    item = await suggested(editor, "a.py", kind=1)
    assert item["insertText"] == "name)"
    prompt = fills(simulator)[0]["prompt"]
    assert "# Path: users.py\n#     def find_password(self, name):\n" in prompt
    assert "# SECRET_SAUCE = 7\n" in prompt
    assert prompt.endswith("# Path: a.py\naccount.find_password(")
    await editor.leave()


async def test_cancelling_closes_the_models_connection(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    hold = Hold(after=1)
    simulator.say(Turn("1 2 3", holds=[hold]))
    editor.open("a.py", "x = ")
    client = editor.client
    asked = asyncio.create_task(
        client.request("textDocument/inlineCompletion", params(editor, "a.py", 4))
    )
    await asyncio.wait_for(hold.reached.wait(), 20)
    asked.cancel()
    (received,) = [one for one in simulator.requests if one.path == "/api/generate"]
    await asyncio.wait_for(received.ended(), 5)
    assert received.closed_at is not None
    await editor.leave()


async def test_a_flood_has_one_at_the_model_and_an_answer_for_each(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment, snippets=False)
    simulator.say(*[Turn("1 + 1", delay=_ANSWER)] * 300)
    editor.open("a.py", "x = ")
    asked = []
    for number in range(200):
        at = len(editor.text("a.py"))
        editor.replace(editor.uri("a.py"), at, at, "a" if number % 7 else "\ny = ")
        asked.append(
            asyncio.ensure_future(
                editor.client.request(
                    "textDocument/inlineCompletion",
                    params(editor, "a.py", len(editor.text("a.py"))),
                )
            )
        )
        if number % 5 == 0:
            await asyncio.sleep(0.005)
    answers = await asyncio.wait_for(asyncio.gather(*asked), 60)
    assert len(answers) == 200
    assert answers[-1]["items"][0]["insertText"].strip() == "1 + 1"
    sent = [one for one in simulator.requests if one.path == "/api/generate"]
    for one, following in itertools.pairwise(sent):
        over = one.finished_at or one.closed_at
        assert over is not None
        assert over - following.received_at < _NOTICED
    assert len(fills(simulator)) < 200
    await editor.leave()


@pytest.mark.parametrize(
    ("name", "text", "completion"),
    [
        ("a.py", "x = ", {"enabled": False}),
        ("a.py", "x = ", {"disabledLanguages": ["python"]}),
        ("a.py", "x = 1  # and ", {"inComments": False}),
        ("a.py", "x = ", {"model": "chats"}),
    ],
)
async def test_where_nothing_is_suggested(
    project: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
    name: str,
    text: str,
    completion: dict[str, Any],
) -> None:
    editor = await opened(project, environment, **completion)
    editor.open(name, text)
    assert await suggested(editor, name) is None
    assert fills(simulator) == []
    await editor.leave()


async def test_a_model_that_is_not_there_is_said_once(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment, model="nope")
    editor.open("a.py", "x = ")
    for _ in range(5):
        assert await suggested(editor, "a.py") is None
    said = [told["message"] for method, told in editor.notes if method == "window/showMessage"]
    assert len([one for one in said if "has no model nope" in one]) == 1
    status = await editor.command("status")
    assert "has no model nope" in status["completion"]["message"]
    shows = [one for one in simulator.requests if one.path == "/api/show"]
    assert len(shows) == 1
    await editor.leave()


async def test_a_model_that_chats_only_is_asked_in_words_if_that_is_wished(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment, model="chats", prompted=True)
    simulator.say(Turn("Here it is:\n```python\nx = [1, 2]\n```\nAnything else?"))
    editor.open("a.py", "x = ")
    item = await suggested(editor, "a.py")
    assert item["insertText"] == "[1, 2]"
    (asked,) = simulator.chats
    assert asked.body["think"] is False
    assert "<|cursor|>" in asked.body["messages"][1]["content"]
    await editor.leave()


async def test_a_run_and_completions_use_one_loaded_model(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    editor.open("a.py", "x = ")
    simulator.say(Turn("1"), Turn("An answer."), Turn("2"))
    assert await suggested(editor, "a.py") is not None
    await editor.command("ask", prompt="Why?")
    editor.replace(editor.uri("a.py"), 0, 0, "y = 3\n")
    assert await suggested(editor, "a.py") is not None
    assert simulator.loads == ["coder:latest"]
    await editor.leave()


async def test_an_editors_own_completion_is_gone_on_with(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    simulator.say(Turn("(name)"))
    editor.open("a.py", "account.fi")
    asked = params(editor, "a.py", 10)
    span = {"start": {"line": 0, "character": 8}, "end": {"line": 0, "character": 10}}
    asked["context"]["selectedCompletionInfo"] = {"range": span, "text": "find_password"}
    told = await editor.client.request("textDocument/inlineCompletion", asked)
    (item,) = told["items"]
    assert (item["insertText"], item["range"]) == ("find_password(name)", span)
    assert fills(simulator)[0]["prompt"].endswith("account.find_password")
    await editor.leave()
