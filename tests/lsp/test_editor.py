"""What a run can ask of its user, through clients that can do more and less."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from arriero.agent.editor import Answer, ApplyOutcome, Editor, PermissionQuestion
from arriero.lsp.questions import permission_words
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    FileChange,
    RenameFile,
    Replacement,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.proposal import Proposal
from lsp.fake_hub import FakeHub
from lsp.raw_client import RawClient, RpcError
from lsp.serving import FULL, Connect, open_document

QUESTION = PermissionQuestion("ses", "run", "call", "Run make", "command: make")


def capabilities(**workspace_edit: Any) -> dict[str, Any]:
    """A client that can do all but what is set to None here."""
    told = copy.deepcopy(FULL)
    told["workspace"]["workspaceEdit"] |= workspace_edit
    return told


NO_CONFIGURATION = copy.deepcopy(FULL)
NO_CONFIGURATION["workspace"]["configuration"] = False


@pytest.fixture(autouse=True)
def _file(folder: Path) -> None:
    (folder / "a.py").write_text("one")
    (folder / "sub").mkdir()
    (folder / "sub/b.py").write_text("one")


async def editor_of(client: RawClient, hub: FakeHub) -> Editor:
    await client.request("arriero/status")
    return hub.attachments[-1].editor


def change(path: Path, text: str, version: int | None) -> WorkspaceChange:
    one = TextChange(str(path), text, (Replacement(0, 1, "X"),), version)
    return WorkspaceChange("Fix", (one,))


def refuse(_: Any) -> Any:
    raise RpcError(-32603, "Edit on `a.py` reached `xref`")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda _: {"applied": True}, ApplyOutcome(True)),
        (
            lambda _: {"applied": False, "failureReason": "stale"},
            ApplyOutcome(False, "stale"),
        ),
        (lambda _: {"applied": False}, ApplyOutcome(False, "raw 1 did not apply the edit.")),
        (refuse, ApplyOutcome(False, "Edit on `a.py` reached `xref`")),
        (
            lambda _: 5,
            ApplyOutcome(False, "the client's answer to workspace/applyEdit"),
        ),
    ],
)
async def test_a_refusal_is_a_refusal_whatever_its_form(
    connect: Connect, hub: FakeHub, folder: Path, answer: Any, outcome: ApplyOutcome
) -> None:
    client = await connect(workspace__applyEdit=answer)
    uri = open_document(client, folder / "a.py", "one", version=3)
    editor = await editor_of(client, hub)
    got = await editor.apply(change(folder / "a.py", "one", 3), confirm=False)
    assert (got.applied, got.reason[: len(outcome.reason)]) == (outcome.applied, outcome.reason)
    (sent,) = client.all("workspace/applyEdit")
    assert sent["label"] == "Fix"
    (part,) = sent["edit"]["documentChanges"]
    assert part["textDocument"] == {"uri": uri, "version": 3}


@pytest.mark.parametrize(
    ("text", "version"), [("other", 3), ("one", 2), ("one", None)], ids=["text", "version", "none"]
)
async def test_a_change_for_another_buffer_is_not_sent(
    connect: Connect, hub: FakeHub, folder: Path, text: str, version: int | None
) -> None:
    client = await connect(workspace__applyEdit=lambda _: {"applied": True})
    open_document(client, folder / "a.py", "one", version=3)
    editor = await editor_of(client, hub)
    outcome = await editor.apply(change(folder / "a.py", text, version), confirm=False)
    assert outcome == ApplyOutcome(False, "a.py changed meanwhile.")
    assert client.all("workspace/applyEdit") == []


@pytest.mark.parametrize(
    ("text", "version", "applied"),
    [("one", None, True), ("other", None, False), ("one", 3, False)],
    ids=["same", "text", "closed meanwhile"],
)
async def test_a_change_for_another_file_is_not_sent(
    connect: Connect, hub: FakeHub, folder: Path, text: str, version: int | None, applied: bool
) -> None:
    client = await connect(workspace__applyEdit=lambda _: {"applied": True})
    editor = await editor_of(client, hub)
    outcome = await editor.apply(change(folder / "a.py", text, version), confirm=False)
    assert outcome.applied == applied
    assert len(client.all("workspace/applyEdit")) == applied
    delete = WorkspaceChange("L", (DeleteFile(str(folder / "a.py"), text),))
    outcome = await editor.apply(delete, confirm=False)
    assert outcome.applied == (text == "one")


@pytest.mark.parametrize(
    ("told", "confirm", "asks"),
    [
        (FULL, True, True),
        (FULL, False, False),
        (capabilities(changeAnnotationSupport=None), True, False),
        (capabilities(documentChanges=False), True, False),
    ],
)
async def test_the_user_looks_first_only_where_the_client_can(
    connect: Connect, hub: FakeHub, folder: Path, told: Any, confirm: bool, asks: bool
) -> None:
    client = await connect(told, workspace__applyEdit=lambda _: {"applied": True})
    editor = await editor_of(client, hub)
    outcome = await editor.apply(change(folder / "a.py", "one", None), confirm=confirm)
    assert outcome.applied
    assert ("needsConfirmation" in str(client.all("workspace/applyEdit"))) == asks


@pytest.mark.parametrize("told", [FULL, NO_CONFIGURATION], ids=["asked", "not asked"])
async def test_what_was_left_in_a_preview_is_known_when_it_is_applied(
    connect: Connect, hub: FakeHub, folder: Path, told: Any
) -> None:
    """VS Code's client may answer first and tell the change with its next message."""
    applied: list[str] = []

    def apply(_: Any) -> Any:
        applied.append("X")
        return {"applied": True}

    def configuration(_: Any) -> Any:
        if applied:
            whole = [{"text": applied.pop()}]
            document = {"uri": uri, "version": 2}
            client.notify(
                "textDocument/didChange", {"textDocument": document, "contentChanges": whole}
            )
        return [None]

    client = await connect(told, workspace__applyEdit=apply, workspace__configuration=configuration)
    uri = open_document(client, folder / "a.py", "one", version=1)
    editor = await editor_of(client, hub)
    outcome = await editor.apply(change(folder / "a.py", "one", 1), confirm=True)
    assert outcome.applied
    buffer = editor.buffers.get(str(folder / "a.py"))
    assert buffer is not None
    assert buffer.text == ("X" if told is FULL else "one")


@pytest.mark.parametrize("supported", [True, False])
async def test_metadata_goes_to_who_knows_it(
    connect: Connect, hub: FakeHub, folder: Path, supported: bool
) -> None:
    told = capabilities(metadataSupport=supported)
    client = await connect(told, workspace__applyEdit=lambda _: {"applied": True})
    editor = await editor_of(client, hub)
    await editor.apply(change(folder / "a.py", "one", None), confirm=False)
    assert ("metadata" in client.all("workspace/applyEdit")[0]) == supported


@pytest.mark.parametrize(
    "changes",
    [
        (CreateFile("/w/b", "x"),),
        (RenameFile("/w/a", "/w/b"), TextChange("/w/b", "x", (Replacement(0, 1, "y"),), None)),
        (DeleteFile("/w/a", "x"),),
    ],
)
async def test_resource_operations(
    connect: Connect, hub: FakeHub, changes: tuple[FileChange, ...]
) -> None:
    client = await connect(workspace__applyEdit=lambda _: {"applied": True})
    editor = await editor_of(client, hub)
    assert (await editor.apply(WorkspaceChange("L", changes), confirm=False)).applied
    plain = await connect(
        capabilities(resourceOperations=[]), workspace__applyEdit=lambda _: {"applied": True}
    )
    editor = await editor_of(plain, hub)
    outcome = await editor.apply(WorkspaceChange("L", changes), confirm=False)
    assert not outcome.applied
    assert "files through LSP" in outcome.reason
    assert plain.all("workspace/applyEdit") == []


async def test_a_client_that_takes_no_edits(connect: Connect, hub: FakeHub, folder: Path) -> None:
    client = await connect({})
    editor = await editor_of(client, hub)
    outcome = await editor.apply(change(folder / "a.py", "one", None), confirm=False)
    assert outcome == ApplyOutcome(False, "raw 1 does not take edits from a language server.")


async def test_a_client_that_leaves_refuses(connect: Connect, hub: FakeHub, folder: Path) -> None:
    client = await connect()
    editor = await editor_of(client, hub)

    async def leave(_: Any) -> Any:
        client._writer.close()

    client.answers["workspace/applyEdit"] = leave
    outcome = await editor.apply(change(folder / "a.py", "one", None), confirm=False)
    assert not outcome.applied
    await hub_empty(hub)
    assert await editor.ask(QUESTION) == "cancelled"
    assert await editor.review(change(folder / "a.py", "one", None), "run") in (True, None)
    await editor.show("Title", "text")
    await editor.message("info", "text")


async def hub_empty(hub: FakeHub) -> None:
    if hub.attachments:
        await hub.attachments[0].detached.wait()


async def test_a_symlinked_folder_keeps_the_clients_spelling(
    connect: Connect, hub: FakeHub, folder: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    client = await connect(folders=[link], workspace__applyEdit=lambda _: {"applied": True})
    uri = open_document(client, link / "a.py", "one", version=1)
    editor = await editor_of(client, hub)
    buffer = editor.buffers.get(str(folder / "a.py"))
    assert buffer is not None
    assert (buffer.text, buffer.version, buffer.language) == ("one", 1, "python")
    await editor.apply(change(folder / "a.py", "one", 1), confirm=False)
    await editor.apply(change(folder / "sub/b.py", "one", None), confirm=False)
    told = [
        sent["edit"]["documentChanges"][0]["textDocument"]["uri"]
        for sent in client.all("workspace/applyEdit")
    ]
    assert told == [uri, f"{link.as_uri()}/sub/b.py"]


async def test_buffers_follow_the_editor(connect: Connect, hub: FakeHub, folder: Path) -> None:
    client = await connect()
    uri = open_document(client, folder / "a.py", "one\r\n\U0001f600b\r\n", version=1)
    client.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": "untitled:U-1", "languageId": "x", "version": 1, "text": "new"}},
    )
    edit = {"range": {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 3}}}
    client.notify(
        "textDocument/didChange",
        {
            "textDocument": {"uri": uri, "version": 2},
            "contentChanges": [{**edit, "text": "c"}],
        },
    )
    editor = await editor_of(client, hub)
    buffers = {buffer.path: (buffer.text, buffer.version) for buffer in editor.buffers.all()}
    assert buffers == {
        str(folder / "a.py"): ("one\r\n\U0001f600c\r\n", 2),
        "untitled:U-1": ("new", 1),
    }
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    await client.request("arriero/status")
    assert [buffer.path for buffer in editor.buffers.all()] == ["untitled:U-1"]


# -- questions


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        ({"title": "Allow"}, "allow_once"),
        ({"title": "In session"}, "allow_always"),
        ({"title": "Reject"}, "reject_once"),
        ({"title": "Always here"}, "cancelled"),  # as it was not offered
        (None, "cancelled"),
        ({"title": "Something else"}, "cancelled"),
    ],
)
async def test_permissions_are_asked_with_buttons(
    connect: Connect, hub: FakeHub, item: Any, answer: str
) -> None:
    client = await connect(window__showMessageRequest=lambda _: item)
    editor = await editor_of(client, hub)
    assert await editor.ask(QUESTION) == answer
    (asked,) = client.all("window/showMessageRequest")
    assert asked["message"] == "Arriero asks: Run make?"
    assert [one["title"] for one in asked["actions"]] == [
        "Allow",
        "In session",
        "Reject",
    ]


async def test_an_answer_for_good_is_a_button_where_it_is_offered(
    connect: Connect, hub: FakeHub
) -> None:
    client = await connect(window__showMessageRequest=lambda _: {"title": "Always here"})
    editor = await editor_of(client, hub)
    offers: tuple[Answer, ...] = ("allow_once", "allow_here", "reject_here", "reject_once")
    question = PermissionQuestion("s", "r", "c", "Run make", "command: make", offers, "form")
    assert await editor.ask(question) == "allow_here"
    (asked,) = client.all("window/showMessageRequest")
    titles = [one["title"] for one in asked["actions"]]
    assert titles == ["Allow", "Always here", "Never here", "Reject"]


async def test_a_long_command_cannot_be_allowed_before_all_of_it_was_shown(
    connect: Connect, hub: FakeHub
) -> None:
    titles = ["Show all", "Allow"]
    client = await connect(FULL, window__showMessageRequest=lambda _: {"title": titles.pop(0)})
    editor = await editor_of(client, hub)
    long = "command: " + "echo; " * 300 + "rm `x` ```` end"
    question = PermissionQuestion("s", "r", "c", "Run echo…", f"{long}\n\nnone")
    assert await editor.ask(question) == "allow_once"
    first, second = client.all("window/showMessageRequest")
    assert [one["title"] for one in first["actions"]] == ["Show all", "Reject"]
    assert "Allow" in [one["title"] for one in second["actions"]]
    (shown,) = client.all("window/showDocument")
    text = Path(unquote(urlsplit(shown["uri"]).path)).read_text()
    assert long in text
    assert text.count("`````") == 2
    titles[:] = ["Allow"]
    assert await editor.ask(question) == "reject_once", "it was not offered yet"


async def test_a_client_without_questions_allows_nothing(connect: Connect, hub: FakeHub) -> None:
    client = await connect()
    editor = await editor_of(client, hub)
    assert await editor.ask(QUESTION) == "cancelled"


WITHOUT_PREVIEW = capabilities(changeAnnotationSupport=None)


@pytest.mark.parametrize(
    ("told", "options", "choices", "verdict"),
    [
        (FULL, {"review": "client"}, [], None),
        ({}, None, [], None),
        (FULL, None, [], True),
        (WITHOUT_PREVIEW, None, ["Apply"], True),
        (WITHOUT_PREVIEW, None, ["Discard"], False),
        (WITHOUT_PREVIEW, None, [None], None),
        (WITHOUT_PREVIEW, None, ["Show changes", "Apply"], True),
        (WITHOUT_PREVIEW, None, ["Show changes", None], None),
    ],
)
async def test_review(
    connect: Connect,
    hub: FakeHub,
    folder: Path,
    told: Any,
    options: Any,
    choices: list[str | None],
    verdict: bool | None,
) -> None:
    left = list(choices)

    def choose(_: Any) -> Any:
        title = left.pop(0)
        return None if title is None else {"title": title}

    client = await connect(told, options, window__showMessageRequest=choose)
    hub.proposals.known["run"] = Proposal("run", "ses", "Fix", ())
    editor = await editor_of(client, hub)
    assert await editor.review(change(folder / "a.py", "one", None), "run") is verdict
    asked = client.all("window/showMessageRequest")
    assert [one["message"] for one in asked] == ["Arriero: Fix: 1 file edited"] * len(choices)
    shown = client.all("window/showDocument")
    assert len(shown) == choices.count("Show changes")
    assert all(one["uri"].endswith(".diff") for one in shown)


# -- answers


async def test_answers_are_shown_as_documents(
    connect: Connect, hub: FakeHub, tmp_path: Path
) -> None:
    client = await connect()
    editor = await editor_of(client, hub)
    await editor.show("Explain a/b", "# Words\n")
    (shown,) = client.all("window/showDocument")
    path = Path(shown["uri"].removeprefix("file://"))
    assert path.parent == tmp_path / "state/arriero/answers"
    assert path.read_text() == "# Words\n"
    assert path.suffix == ".md"
    assert "explain-a-b" in path.name
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert client.all("window/showMessage") == []


@pytest.mark.parametrize("text", ["short", "long " * 1000])
async def test_a_client_that_shows_no_documents_gets_a_message(
    connect: Connect, hub: FakeHub, text: str
) -> None:
    client = await connect({})
    editor = await editor_of(client, hub)
    await editor.show("Title", text)
    shown = await client.until("window/showMessage")
    assert shown["message"].startswith(text[:500])
    assert ("answers/" in shown["message"]) == (text != "short")
    assert client.all("window/showDocument") == []


async def test_old_answers_are_removed(tmp_path: Path) -> None:
    from arriero.lsp.answers import write_answer

    paths = [write_answer("t", str(number), folder=tmp_path) for number in range(105)]
    assert len(list(tmp_path.iterdir())) == 100
    assert paths[-1].read_text() == "104"


@pytest.mark.parametrize(
    ("title", "detail", "words"),
    [
        ("Run make", "command: make\n\nno network", "Run make?\n(no network)"),
        ("Run make", "command: make\n\nwhy\nno network", "Run make?\n(why; no network)"),
        ("Run make", "command: make\ntimeout = 5\n\n", "Run make?\ntimeout = 5"),
        ("Run ls", "command: ls↵\n    x: None\n\nno", "Run ls?\ncommand: ls↵\n    x: None\n(no)"),
        ("Run a long…", "command: a long one", "Run a long…?\ncommand: a long one"),
    ],
)
def test_the_words_of_a_permission(title: str, detail: str, words: str) -> None:
    question = PermissionQuestion("ses", "run", "call", title, detail)
    assert permission_words(question) == f"Arriero asks: {words}"
