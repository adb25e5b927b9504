"""Permissions from the settings to the audit trail, with real files and a scripted model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.fakes import Turn, call, calls, say
from arriero.agent.editor import Answer
from arriero.agent.gathering.spot import Spot
from arriero.daemon.hub import Hub
from arriero.observe.audit import AuditTrail
from arriero.sessions.events import ToolEnded
from daemon.bench import DiskEditor, ask, hub

MAKE = calls(call("run_command", command="make all"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "secrets").mkdir(parents=True)
    (folder / "secrets/key.txt").write_text("needle in secrets\n")
    (folder / "a.txt").write_text("needle in a\n")
    return folder


async def ended(made: Hub, session_id: str) -> list[ToolEnded]:
    events = await made.store.events(session_id)
    return [event.body for event in events if isinstance(event.body, ToolEnded)]


async def answered(
    tmp_path: Path, root: Path, answer: Answer, **permissions: Any
) -> tuple[DiskEditor, list[str]]:
    """Let the model call `make all` in a new daemon; return who was asked, and the statuses."""
    async with hub(tmp_path, [MAKE, say("ok")]) as (made, _):
        editor = DiskEditor(answer=answer)
        attachment = await made.attach([str(root)], editor)
        settings = {"permissions": {"commands": "ask", **permissions}}
        await attachment.set_editor_settings(settings, trusted=False)
        result = await ask(attachment)
        return editor, [end.status for end in await ended(made, result.session_id)]


@pytest.mark.parametrize(
    ("answer", "then"), [("allow_here", "ok"), ("reject_here", "refused"), ("allow_once", "asked")]
)
async def test_an_answer_for_good_outlives_session_and_daemon(
    tmp_path: Path, root: Path, answer: Answer, then: str
) -> None:
    editor, _ = await answered(tmp_path, root, answer)
    (question,) = editor.questions
    assert question.form == "run_command(make all)"
    assert question.form in question.detail, "shown before it is answered"
    editor, statuses = await answered(tmp_path, root, "reject_once")
    if then == "asked":
        assert len(editor.questions) == 1
    else:
        assert editor.questions == []
        assert statuses == [then] or (then == "ok" and statuses == ["error"])  # there is no make
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    editor, _ = await answered(tmp_path, elsewhere, "reject_once")
    assert len(editor.questions) == 1, "another folder knows nothing of it"
    assert not (root / ".arriero").exists()


async def test_what_is_asked_each_time_has_no_answer_for_longer(tmp_path: Path, root: Path) -> None:
    for answer in ("allow_always", "allow_here"):
        editor, statuses = await answered(tmp_path, root, answer, ask=["run_command(make)"])
        assert editor.questions[0].offers == ("allow_once", "reject_once")
        assert statuses == ["refused"], "an answer that was not offered is none"


async def test_what_may_not_be_read_is_not_shown_by_another_tool(
    tmp_path: Path, root: Path
) -> None:
    turn = calls(
        call("read_file", path="secrets/key.txt"),
        call("grep_search", pattern="needle"),
        call("grep_search", pattern="needle", path="secrets/key.txt"),
        call("glob_files", pattern="**/*.txt"),
        call("list_directory", path="secrets"),
        call("run_command", command="cat secrets/key.txt"),
        call("edit_file", path="secrets/key.txt", old_string="x", new_string="y"),
    )
    async with hub(tmp_path, [turn, say("ok")]) as (made, _):
        attachment = await made.attach([str(root)], DiskEditor())
        await attachment.set_editor_settings(
            {"permissions": {"deny": ["read(secrets/**)"]}}, trusted=False
        )
        result = await ask(attachment)
        results = await ended(made, result.session_id)
    assert [end.status for end in results] == [
        "refused", "ok", "refused", "ok", "ok", "refused", "refused",
    ]  # fmt: skip
    told = "\n".join(end.result for end in results)
    assert "needle in a" in told
    assert "needle in secrets" not in told
    assert "key.txt" not in results[3].result + results[4].result


async def test_what_may_not_be_read_does_not_come_along_for_being_in_front(
    tmp_path: Path, root: Path
) -> None:
    for deny, there in (([], True), (["read(secrets/**)"], False)):
        async with hub(tmp_path, [say("ok")]) as (made, provider):
            attachment = await made.attach([str(root)], DiskEditor())
            await attachment.set_editor_settings({"permissions": {"deny": deny}}, trusted=False)
            spot = Spot(str(root / "secrets/key.txt"), 1, 1)
            await ask(attachment, at=spot)
            told = provider.requests[0].messages[-1].content
            assert ("needle in secrets" in told) is there


CAT = "import os; [print(open(n).read()) for f, _, e in os.walk('.') for n in e if n in 'a.txt']"


async def test_what_may_not_be_read_is_not_there_for_a_command(tmp_path: Path, root: Path) -> None:
    """Also where git ignores it, however the command comes by its name, and it is left alone."""
    (root / ".gitignore").write_text(".env\n")
    (root / "sub").mkdir()
    (root / "sub/.env").write_text("needle in environment\n")
    (root / "link.txt").symlink_to("secrets/key.txt")
    turn = calls(
        call("run_command", command=f'python3 -c "{CAT}"; cat $(echo l)ink.txt sub/.$(echo e)nv'),
        call("run_command", command="for x in 1; do echo new > a.txt; echo new > b.txt; done"),
    )
    deny = ["read(secrets/**)", "read(.ENV)", "edit(b.*)"]
    async with hub(tmp_path, [turn, say("ok")]) as (made, _):
        editor = DiskEditor()
        attachment = await made.attach([str(root)], editor)
        shadow = {"kind": "overlay"}
        await attachment.set_editor_settings(
            {"permissions": {"deny": deny}, "shadow": shadow}, trusted=False
        )
        result = await ask(attachment, apply="auto")
        shown, changed = await ended(made, result.session_id)
        boundary = next(iter(made.shadows._shadows.values()), None)
    if boundary is None:
        pytest.skip("no overlay is to be had here")
    assert "needle in a" in shown.result
    assert "needle in secrets" not in shown.result
    assert "needle in environment" not in shown.result
    assert (root / "secrets/key.txt").read_text() == "needle in secrets\n"
    assert "b.txt may not be changed by a command" in changed.result
    assert (root / "a.txt").read_text() == "new\n"
    assert not (root / "b.txt").exists()


async def test_the_trail_says_which_rule_decided(tmp_path: Path, root: Path) -> None:
    await answered(tmp_path, root, "allow_here")
    await answered(tmp_path, root, "allow_once", deny=["run_command(make)"])
    entries = list(AuditTrail(tmp_path / "state" / "audit").entries())
    decided = [entry for entry in entries if entry["kind"] == "permission_decided"]
    assert [entry["verdict"] for entry in decided] == ["ask", "deny"]
    assert decided[1]["rule"] == "run_command(make)"
    assert "permissions.commands: ask" in decided[0]["because"]
    answers = [entry["answer"] for entry in entries if entry["kind"] == "permission_answered"]
    assert answers == ["allow_here"]


async def test_what_was_allowed_for_a_session_is_kept_with_it_and_nothing_else(
    tmp_path: Path, root: Path
) -> None:
    turns: list[Turn] = [MAKE, say("ok"), MAKE, say("ok"), say("nothing to run")]
    async with hub(tmp_path, turns) as (made, _):
        editor = DiskEditor(answer="allow_always")
        attachment = await made.attach([str(root)], editor)
        await attachment.set_editor_settings({"permissions": {"commands": "ask"}}, trusted=False)
        first = await ask(attachment)
        await ask(attachment, session_id=first.session_id)
        assert len(editor.questions) == 1
        await ask(attachment)
        assert [*made._permissions] == [first.session_id]
