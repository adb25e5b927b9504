"""The code actions: which there are, for whom in which form, and that they carry all they need."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import CodeActionKind

from arriero.lsp.code_actions import wanted
from arriero.workspace.text import LineIndex
from lsp.fake_hub import FakeHub
from lsp.raw_client import RawClient, span
from lsp.serving import FULL, Connect, open_document

TEXT = "import os\n# arriero: remove this import\n" + "\n" * 20 + "print()\n"
POINT, SELECTION = span(22, 0, 22, 0), span(22, 0, 22, 7)
PROBLEM: dict[str, Any] = {"range": span(0, 7, 0, 9), "message": "`os` is unused"}
OTHER: dict[str, Any] = {
    "range": span(0, 0, 0, 6),
    "message": "Import\nblock is unsorted",
    "severity": 2,
    "source": "ruff",
    "code": "I001",
}
ALWAYS = ["Add documentation", "Write tests", "Review this file", "Explain"]


async def actions(
    client: RawClient, uri: str, selected: Any = POINT, problems: Any = (), only: Any = None
) -> list[dict[str, Any]]:
    context = {"diagnostics": list(problems)} | ({} if only is None else {"only": only})
    params = {"textDocument": {"uri": uri}, "range": selected, "context": context}
    found: list[dict[str, Any]] = await client.request("textDocument/codeAction", params)
    return found


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect()


@pytest.fixture
def uri(client: RawClient, folder: Path) -> str:
    return open_document(client, folder / "a.py", TEXT)


@pytest.mark.parametrize(
    ("selected", "problems", "only", "titles"),
    [
        (POINT, [], None, ALWAYS),
        (SELECTION, [], None, ["Edit selection…", *ALWAYS]),
        (POINT, [PROBLEM], None, ["Fix this problem", *ALWAYS]),
        (
            POINT,
            [PROBLEM, OTHER],
            None,
            [
                "Fix this problem: `os` is unused",
                "Fix this problem: Import block is unsorted",
                *ALWAYS,
            ],
        ),
        (span(0, 0, 0, 0), [], None, [ALWAYS[0], "Follow this comment", *ALWAYS[1:]]),
        (SELECTION, [PROBLEM], ["quickfix"], ["Fix this problem"]),
        (SELECTION, [PROBLEM], ["refactor"], ["Edit selection…", "Add documentation"]),
        (SELECTION, [PROBLEM], ["refactor.rewrite"], ["Edit selection…", "Add documentation"]),
        (SELECTION, [PROBLEM], ["source"], ["Write tests", "Review this file"]),
        (SELECTION, [PROBLEM], ["source.organizeImports", "refactor.inline"], []),
        (POINT, [], [""], ALWAYS),
    ],
)
async def test_what_is_offered(
    client: RawClient, uri: str, selected: Any, problems: Any, only: Any, titles: list[str]
) -> None:
    found = await actions(client, uri, selected, problems, only)
    assert [one["title"] for one in found] == titles
    assert not any("isPreferred" in one for one in found)


async def test_kinds(client: RawClient, uri: str) -> None:
    found = await actions(client, uri, span(0, 0, 0, 6), [PROBLEM])
    assert {one["title"]: one["kind"] for one in found} == {
        "Fix this problem": "quickfix",
        "Edit selection…": "refactor.rewrite",
        "Add documentation": "refactor.rewrite",
        "Follow this comment": "refactor.rewrite",
        "Write tests": "source",
        "Review this file": "source",
        "Explain": "",
    }


async def test_an_action_carries_all_that_its_command_needs(
    connect: Connect, client: RawClient, uri: str, hub: FakeHub
) -> None:
    fix, edit, *_ = await actions(client, uri, SELECTION, [OTHER])
    assert fix["diagnostics"] == [OTHER]
    at_once = fix.pop("command")
    # Another connection, which has seen nothing of the first: no state is hidden.
    second = await connect()
    resolved = await second.request("codeAction/resolve", fix)
    assert resolved["command"] == at_once
    assert resolved["command"]["command"] == "arriero.fix"
    (argument,) = resolved["command"]["arguments"]
    assert argument == {
        "textDocument": {"uri": uri},
        "range": OTHER["range"],
        "diagnostics": [OTHER],
    }
    edit.pop("command")
    resolved = await second.request("codeAction/resolve", edit)
    assert resolved["command"] == {
        "title": "Edit selection…",
        "command": "arriero.edit",
        "arguments": [{"textDocument": {"uri": uri}, "range": SELECTION}],
    }
    params = {"command": "arriero.fix", "arguments": [argument]}
    await client.request("workspace/executeCommand", params)
    assert "Import block is unsorted (ruff I001)" in hub.requests[0].prompt


async def test_an_action_of_another_server_is_left_alone(client: RawClient) -> None:
    for data in ({"data": {"command": 5}}, {"data": [1]}, {}):
        action = {"title": "T", "kind": "quickfix", **data}
        assert await client.request("codeAction/resolve", action) == action


def with_action(**told: Any) -> dict[str, Any]:
    return {"textDocument": {"codeAction": told}}


LITERALS = FULL["textDocument"]["codeAction"]["codeActionLiteralSupport"]


@pytest.mark.parametrize(
    "told",
    [
        with_action(codeActionLiteralSupport=LITERALS),
        with_action(codeActionLiteralSupport=LITERALS, dataSupport=True),
        with_action(
            codeActionLiteralSupport=LITERALS,
            dataSupport=True,
            resolveSupport={"properties": ["edit"]},
        ),
    ],
)
async def test_a_client_that_does_not_resolve_gets_commands_at_once(
    connect: Connect, folder: Path, told: Any
) -> None:
    client = await connect(told)
    (action,) = await actions(client, (folder / "a.py").as_uri(), only=["refactor"])
    assert action["kind"] == "refactor.rewrite"
    assert action["command"]["command"] == "arriero.document"
    assert "data" not in action


async def test_a_client_without_action_literals_gets_bare_commands(
    connect: Connect, folder: Path
) -> None:
    client = await connect(with_action())
    uri = (folder / "a.py").as_uri()
    (action,) = await actions(client, uri, only=["refactor"])
    assert action == {
        "title": "Add documentation",
        "command": "arriero.document",
        "arguments": [{"textDocument": {"uri": uri}, "range": POINT}],
    }


async def test_problems_in_a_context_are_known_from_then_on(
    client: RawClient, uri: str, hub: FakeHub, folder: Path
) -> None:
    await actions(client, uri, problems=[PROBLEM, OTHER])
    await actions(client, uri, problems=[PROBLEM])
    editor = hub.attachments[0].editor
    known = [(one.line, one.message) for one in editor.problems(str(folder / "a.py"))]
    assert known == [(1, "`os` is unused")]
    assert list(editor.problems()) == list(editor.problems(str(folder / "a.py")))
    await client.command("arriero.fix", textDocument={"uri": uri}, range=span(0, 0, 0, 0))
    assert "`os` is unused" in hub.requests[0].prompt


async def test_in_a_large_file_they_take_little_more_than_to_find_its_lines(
    client: RawClient, folder: Path
) -> None:
    """Of the processor, and not of a clock; they are asked for with every move of the cursor."""
    text = "# arriero: nothing near\n" + "x = 'some words'\n" * 60_000  # 1 MB
    uri = open_document(client, folder / "large.py", text)
    took, least = [], []
    for _ in range(8):
        began = time.process_time()
        await actions(client, uri, span(30_000, 0, 30_001, 0), [PROBLEM])
        took.append(time.process_time() - began)
        began = time.process_time()
        assert LineIndex(text).line_count == 60_002
        least.append(time.process_time() - began)
    assert min(took) < 6 * min(least)


KINDS = st.sampled_from(["", "quickfix", "refactor", "refactor.rewrite", "refactor.rew", "source"])


@given(st.sampled_from(CodeActionKind), st.none() | st.lists(KINDS))
def test_only_is_a_prefix_by_dots(kind: CodeActionKind, only: list[str] | None) -> None:
    parts = kind.value.split(".")
    prefixes = {"", *(".".join(parts[: n + 1]) for n in range(len(parts)))}
    assert wanted(kind, only) == (only is None or bool(prefixes & set(only)))
