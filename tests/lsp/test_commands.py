"""The commands: what each asks a run for, what it answers, and how it is cancelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arriero.agent.request import RunResult
from arriero.workspace.changes import Replacement, TextChange, WorkspaceChange
from lsp.fake_hub import FakeHub, FakeRun
from lsp.raw_client import RawClient, RpcError, span
from lsp.serving import Connect, open_document

TEXT = "import os\n\n\ndef area(r):\n    # arriero: use math.pi\n    return 3.14 * r * r\n"
UNUSED: dict[str, Any] = {
    "range": span(0, 7, 0, 9),
    "message": "`os` is unused",
    "severity": 2,
    "source": "ruff",
    "code": "F401",
}


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect(options={"answers": "client"})


@pytest.fixture
def uri(client: RawClient, folder: Path) -> str:
    return open_document(client, folder / "src.py", TEXT)


@pytest.mark.parametrize(
    ("name", "argument", "mode", "label", "words", "beside"),
    [
        ("ask", {"prompt": "Why?"}, "ask", "Why?", ["Why?"], []),
        (
            "ask",
            {"prompt": "Why?", "range": span(3, 0, 4, 0)},
            "ask",
            "Why?",
            ["Why?"],
            ["src.py, line 4", "def area(r):\n"],
        ),
        (
            "edit",
            {"prompt": "Use pi", "range": span(5, 11, 5, 15)},
            "edit",
            "Use pi",
            ["Use pi"],
            ["src.py, line 6", "3.14"],
        ),
        ("agent", {"prompt": "Test it\nwell"}, "agent", "Test it", ["Test it\nwell"], []),
        (
            "fix",
            {"range": span(0, 0, 0, 0), "diagnostics": [UNUSED]},
            "agent",
            "Fix: `os` is unused",
            ["src.py", "line 1: warning: `os` is unused (ruff F401)"],
            [],
        ),
        ("fix", {}, "agent", "Fix: src.py", ["Find out what is wrong in src.py"], []),
        (
            "explain",
            {"range": span(3, 0, 5, 24)},
            "ask",
            "Explain: src.py",
            ["Explain src.py, lines 4 to 6"],
            ["return 3.14"],
        ),
        ("document", {}, "edit", "Add documentation: src.py", ["documentation", "src.py"], []),
        ("test", {"prompt": "and edges"}, "edit", "Write tests: src.py", ["and edges"], []),
        ("review", {"diagnostics": [UNUSED]}, "ask", "Review: src.py", ["Review src.py"], ["F401"]),
        (
            "followComment",
            {"range": span(5, 4, 5, 4)},
            "edit",
            "use math.pi",
            ["src.py, line 5", "use math.pi", "remove that comment"],
            [],
        ),
    ],
)
async def test_what_a_run_is_asked(
    client: RawClient,
    hub: FakeHub,
    uri: str,
    name: str,
    argument: dict[str, Any],
    mode: str,
    label: str,
    words: list[str],
    beside: list[str],
) -> None:
    argument |= {"textDocument": {"uri": uri}, "model": "m", "apply": "never"}
    result = await client.command(f"arriero.{name}", **argument)
    (request,) = hub.requests
    assert (request.mode, request.label) == (mode, label)
    assert (request.model, request.apply) == ("m", "never")
    for part in words:
        assert part in request.prompt
    items = "\n".join(f"{item.title}\n{item.text}" for item in request.attachments)
    for part in beside:
        assert part in items
    assert result == {
        "sessionId": hub.last().session_id,
        "runId": hub.last().run_id,
        "stopReason": "end_turn",
        "message": "An answer.",
        "applied": False,
        "edit": None,
    }


async def test_a_session_goes_on(client: RawClient, hub: FakeHub) -> None:
    first = await client.command("arriero.ask", prompt="One")
    second = await client.command("arriero.ask", prompt="Two", sessionId=first["sessionId"])
    assert second["sessionId"] == first["sessionId"]
    unknown = await client.command("arriero.ask", prompt="Three", sessionId="ses_none")
    assert unknown["stopReason"] == "error"
    assert (
        unknown["message"]
        == "There is no session 'ses_none': ask for the list of them, or begin a new one."
    )


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("ask", [], "`prompt` is missing"),
        ("edit", [{"prompt": "  "}], "`prompt` is missing"),
        ("explain", [{}], "`textDocument` is missing"),
        ("fix", [{}], "`textDocument` is missing"),
        ("followComment", None, "`textDocument` is missing"),
        ("cancel", [{}], "`runId` is missing"),
        ("accept", [None], "`runId` is missing"),
        ("undo", [{"runId": "run_9"}], "There is no proposal of run 'run_9'."),
        ("ask", [{"prompt": 5}], "`prompt` must be a string, not 5."),
        ("ask", ["text"], "one argument, and that is an object"),
        ("ask", [{}, {}], "one argument, and that is an object"),
        ("ask", [{"textDocument": "a.py"}], "`textDocument` must be an object"),
        ("ask", [{"textDocument": {}}], "`textDocument` must be an object"),
        ("ask", [{"range": {"start": {}}}], "`range.start.line` must be a number from 0"),
        (
            "ask",
            [{"range": {"start": {"line": -1, "character": 0}, "end": {}}}],
            "`range.start.line` must be a number from 0, not -1.",
        ),
        ("ask", [{"range": []}], "`range` must be a range with `start` and `end`, not a list."),
        ("ask", [{"apply": "always"}], "`apply` must be"),
        ("ask", [{"diagnostics": {}}], "`diagnostics` must be a list, not an object."),
        ("ask", [{"diagnostics": [{"message": "m"}]}], "`diagnostics[0].range` must be a range"),
        ("accept", [{"runId": "r", "hunks": [1]}], "`hunks[0]` must be a string, not 1."),
        ("accept", [{"runId": "r", "hunks": "1"}], "`hunks` must be a list"),
        ("accept", [{"runId": "r", "confirm": 1}], "`confirm` must be true or false, not 1."),
        ("nonsense", [{}], "There is no command 'arriero.nonsense'."),
    ],
)
async def test_a_wrong_argument_is_answered_with_a_sentence(
    client: RawClient, hub: FakeHub, name: str, arguments: Any, sentence: str
) -> None:
    params = {"command": f"arriero.{name}", "arguments": arguments}
    with pytest.raises(RpcError) as caught:
        await client.request("workspace/executeCommand", params)
    assert caught.value.code == -32602
    assert sentence in caught.value.message
    assert hub.requests == []


async def test_an_edit_that_was_not_applied_is_in_the_result(
    client: RawClient, hub: FakeHub, folder: Path, uri: str
) -> None:
    one = TextChange(str(folder / "src.py"), TEXT, (Replacement(0, 9, "import math"),), 1)

    async def script(run: FakeRun) -> RunResult:
        return await run.end(
            change=WorkspaceChange("L", (one,)), applied=run.request.apply == "auto"
        )

    hub.script = script
    result = await client.command("arriero.edit", prompt="p", apply="never")
    (part,) = result["edit"]["documentChanges"]
    assert part["textDocument"] == {"uri": uri, "version": 1}
    assert part["edits"] == [{"range": span(0, 0, 0, 9), "newText": "import math"}]
    applied = await client.command("arriero.edit", prompt="p", apply="auto")
    assert (applied["applied"], applied["edit"]) == (True, None)


# -- what the user sees


@pytest.mark.parametrize(
    ("name", "reason", "message", "shown"),
    [
        ("ask", "end_turn", "Because.", "document"),
        ("agent", "end_turn", "Did it.", "Did it."),
        ("ask", "error", "Ollama does not answer; start it.", "Ollama does not answer; start it."),
        ("agent", "cancelled", "Cancelled.", None),
        ("ask", "end_turn", " ", None),
    ],
)
async def test_the_end_is_shown_to_who_has_nothing_better(
    connect: Connect, hub: FakeHub, name: str, reason: Any, message: str, shown: str | None
) -> None:
    async def script(run: FakeRun) -> RunResult:
        return await run.end(message, reason)

    hub.script = script
    client = await connect()
    result = await client.command(f"arriero.{name}", prompt="p")
    assert (result["stopReason"], result["message"]) == (reason, message)
    if shown == "document":
        await client.until("window/showDocument")
    elif shown is not None:
        assert (await client.until("window/showMessage"))["message"] == shown
    await client.request("arriero/status")
    count = len(client.all("window/showDocument") + client.all("window/showMessage"))
    assert count == (0 if shown is None else 1)


async def test_a_client_with_its_own_answers_is_left_alone(client: RawClient, hub: FakeHub) -> None:
    await client.command("arriero.ask", prompt="p")
    await client.command("arriero.status")
    await client.request("arriero/status")
    assert client.all("window/showDocument") + client.all("window/showMessage") == []


async def test_without_a_folder_only_questions_are_answered(
    connect: Connect, hub: FakeHub, tmp_path: Path
) -> None:
    client = await connect(folders=[])
    uri = open_document(client, tmp_path / "lone.py", TEXT)
    refused = await client.command("arriero.edit", prompt="p", textDocument={"uri": uri})
    assert refused["stopReason"] == "error"
    assert "Open a folder first" in refused["message"]
    answered = await client.command("arriero.explain", textDocument={"uri": uri})
    assert answered["stopReason"] == "end_turn"
    (request,) = hub.requests
    assert TEXT in [item.text for item in request.attachments]


async def test_a_run_that_is_refused_is_an_end_with_a_sentence(
    connect: Connect, hub: FakeHub
) -> None:
    client = await connect()
    await client.request("arriero/status")
    hub.attachments[0].settings_problem = "config.yaml:3: there is no key `modle`."
    result = await client.command("arriero.ask", prompt="p")
    assert (result["stopReason"], result["runId"]) == ("error", "")
    shown = await client.until("window/showMessage")
    assert shown == {"type": 1, "message": "config.yaml:3: there is no key `modle`."}


# -- models and status


async def test_select_model(client: RawClient, hub: FakeHub) -> None:
    answer = await client.command("arriero.selectModel", model="gemma3:4b")
    assert answer == {"provider": "ollama", "model": "gemma3:4b"}
    with pytest.raises(RpcError, match="-32803: There is no model none; pull it first"):
        await client.command("arriero.selectModel", model="none")


async def test_a_model_that_cannot_be_looked_for_is_selected(
    client: RawClient, hub: FakeHub
) -> None:
    hub.provider.problem = "Ollama does not answer: start it."
    answer = await client.command("arriero.selectModel", model="gemma3:4b")
    assert answer == {"provider": "ollama", "model": "gemma3:4b"}
    shown = await client.until("window/showMessage")
    assert "Ollama does not answer: start it. It is kept" in shown["message"]


async def test_select_model_asks_which(connect: Connect, hub: FakeHub) -> None:
    client = await connect(window__showMessageRequest=lambda _: {"title": "gemma3:4b"})
    answer = await client.command("arriero.selectModel")
    assert answer["model"] == "gemma3:4b"
    (asked,) = client.all("window/showMessageRequest")
    assert [one["title"] for one in asked["actions"]] == ["qwen3:8b", "gemma3:4b"]


@pytest.mark.parametrize(
    ("problem", "kind", "words"),
    [("", 3, "idle."), ("Ollama does not answer; start it.", 2, "start it.")],
)
async def test_status_for_a_person(
    connect: Connect, hub: FakeHub, problem: str, kind: int, words: str
) -> None:
    hub.provider.problem = problem
    client = await connect()
    told = await client.command("arriero.status")
    assert told["message"] == problem
    shown = await client.until("window/showMessage")
    assert shown["type"] == kind
    assert shown["message"].endswith(words)


@pytest.mark.parametrize(
    "argument",
    [
        lambda uri: {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 0}},
        lambda uri: {"uri": uri, "range": span(1, 0, 1, 0)},
    ],
    ids=["$text_document_position", "uri"],
)
async def test_arguments_that_an_editor_can_fill_in(
    connect: Connect, hub: FakeHub, folder: Path, argument: Any
) -> None:
    client = await connect()
    uri = open_document(client, folder / "a.py", "one\n# arriero: say two\n")
    params = {"command": "arriero.followComment", "arguments": [argument(uri)]}
    await client.request("workspace/executeCommand", params)
    assert "say two" in hub.requests[0].prompt
