"""What stands beside the prompts of a session, as the model is sent it and the user is told it."""

from __future__ import annotations

from pathlib import Path

from agent.fakes import FakeEditor, call, calls, say
from arriero.agent.report import report
from arriero.agent.request import ContextItem
from arriero.sessions.events import Notice, RunStarted
from arriero.workspace.problem import Problem
from daemon.bench import DiskEditor, ask, hub


async def test_it_is_sent_told_and_not_repeated(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    (root / "go.mod").write_text("module x\n")
    long = "".join(f"line {n} of the notes\n" for n in range(30))
    (root / "notes.md").write_text(long)
    async with hub(tmp_path, [say("Done."), say("Again.")]) as (made, provider):
        editor = FakeEditor()
        attachment = await made.attach([str(root)], editor)
        item = ContextItem("Selected", "beta")
        first = await ask(
            attachment, "Read @notes.md and @gone/away.md", label="Read", attachments=(item,)
        )
        second = await ask(attachment, "And @notes.md?", label="And", session_id=first.session_id)
        assert second.stop_reason == "end_turn"
        sent = [
            [message.content for message in request.messages if message.role == "user"]
            for request in provider.requests
        ]
        facts = "Go\nTest: go test ./...\nLint: go vet ./...\nBuild: go build ./..."
        repeated = "(the same as in an earlier message of this conversation)"
        begun = (
            f"Selected\n```\nbeta\n```\n\nFile notes.md\n```\n{long}```\n\n"
            f"Project\n```\n{facts}\n```\n\nRead @notes.md and @gone/away.md"
        )
        assert sent == [
            [begun],
            [begun, f"File notes.md\n```\n{repeated}\n```\n\nAnd @notes.md?"],
        ]
        events = await attachment.events(first.session_id)
        runs = [event.body for event in events if isinstance(event.body, RunStarted)]
        assert [[one.what for one in run.given] for run in runs] == [
            ["Selected", "notes.md", "project facts"], ["notes.md"]
        ]  # fmt: skip
        assert Notice("info", "@gone/away.md is not in the workspace.") in [
            event.body for event in events
        ]
        page = report(events).markdown()
        assert "- notes.md: you referred to it with @notes.md; sent before (" in page


async def test_the_model_is_told_what_its_edit_broke(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    file = root / "a.py"
    file.write_text("one\ntwo\n")
    edit = call("edit_file", path="a.py", old_string="two", new_string="2")
    async with hub(tmp_path, [calls(edit), say("Done."), say("Again.")]) as (made, provider):
        editor = DiskEditor()
        attachment = await made.attach([str(root)], editor)
        first = await ask(attachment, "Change it.", apply="auto")
        assert first.applied
        editor.known_problems = [Problem(str(file), 2, 2, "error", "no such name", "pyright")]
        await ask(attachment, "Go on.", session_id=first.session_id)
        told = provider.requests[-1].messages[-1].content
        assert "Errors that the editor reports in files that you edited" in told
        assert "a.py:2: error: no such name (pyright)" in told
        await attachment.undo(first.run_id)
