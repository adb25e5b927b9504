"""Tools called by a program: what they edit is in the files, and can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from arriero.daemon import shadows
from arriero.daemon.attachment import Attachment
from arriero.daemon.stopping import FILE_NAME, tell_all
from arriero.headless.editor import HeadlessEditor
from arriero.headless.toolbox import ApplyEdits, ToolBox
from arriero.settings.shadow import ShadowSettings
from arriero.tools.base import ToolContext, tool
from daemon.bench import hub

EDIT = {"path": "a.txt", "old_string": "two", "new_string": "2"}


@asynccontextmanager
async def toolbox(
    tmp_path: Path, *, apply: ApplyEdits = "auto"
) -> AsyncIterator[tuple[Path, ToolBox, Attachment]]:
    root = tmp_path / "work"
    root.mkdir()
    (root / "a.txt").write_text("one\ntwo\n")
    async with hub(tmp_path, []) as (made, _):
        attachment = await made.attach([str(root)], HeadlessEditor("test", [str(root)]))
        box = ToolBox(made, attachment, apply=apply, own=[shout])
        yield root, box, attachment
        await box.close()


@tool(kind="other", title="Shout {text}")
def shout(context: ToolContext, text: str) -> str:
    """Say it louder.

    Args:
        text: What to say.
    """
    return f"{text.upper()} in {Path(context.cwd).name}"


async def test_an_edit_is_written_and_taken_back(tmp_path: Path) -> None:
    async with toolbox(tmp_path) as (root, box, attachment):
        outcome = await box.call("edit_file", EDIT)
        assert (outcome.status, outcome.applied) == ("ok", True)
        assert (root / "a.txt").read_text() == "one\n2\n"
        made = await box.call("write_file", {"path": "b/c.txt", "content": "new\n"})
        assert (root / "b/c.txt").read_text() == "new\n"
        assert (await box.call("read_file", {"path": "a.txt"})).text.count("2") > 0
        for run in (made, outcome):
            assert (await attachment.undo(run.run_id)).applied
        assert (root / "a.txt").read_text() == "one\ntwo\n"
        assert not (root / "b/c.txt").exists()
        (session,) = await attachment.sessions()
        assert [run.label for run in session.runs] == ["edit_file", "write_file"]


async def test_without_applying_it_stays_a_proposal(tmp_path: Path) -> None:
    async with toolbox(tmp_path, apply="never") as (root, box, attachment):
        outcome = await box.call("edit_file", EDIT)
        assert outcome.run_id
        assert not outcome.applied
        assert (root / "a.txt").read_text() == "one\ntwo\n"
        assert len((await attachment.proposal(outcome.run_id)).open_hunks) == 1


async def test_without_applying_a_client_sees_its_own_edits(tmp_path: Path) -> None:
    """They are one proposal; once it is judged, the next one begins."""
    async with toolbox(tmp_path, apply="never") as (root, box, attachment):
        first = await box.call("edit_file", EDIT)
        assert "2" in (await box.call("read_file", {"path": "a.txt"})).text
        again = {"path": "a.txt", "old_string": "one\n2", "new_string": "1\n2"}
        second = await box.call("edit_file", again)
        made = await box.call("write_file", {"path": "b.txt", "content": "new\n"})
        assert first.run_id == second.run_id == made.run_id
        assert (root / "a.txt").read_text() == "one\ntwo\n"
        assert (await attachment.accept(first.run_id, None)).applied
        assert (root / "a.txt").read_text() == "1\n2\n"
        assert (root / "b.txt").read_text() == "new\n"
        later = await box.call("write_file", {"path": "c.txt", "content": "c\n"})
        assert later.run_id not in ("", first.run_id)
        assert len((await attachment.proposal(later.run_id)).open_hunks) == 1
        assert len((await attachment.sessions())[0].runs) == 2


@pytest.mark.namespaces
async def test_what_a_command_changes_is_written_too(tmp_path: Path) -> None:
    async with toolbox(tmp_path) as (root, box, _):
        outcome = await box.call("run_command", {"command": "sed -i s/one/1/ a.txt; cat a.txt"})
        assert outcome.applied, outcome.text
        assert (root / "a.txt").read_text() == "1\ntwo\n"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("nope", {}, "there is no tool 'nope'"),
        ("read_file", {"path": "../x"}, "outside of the workspace"),
        ("read_file", {}, "'path' is missing"),
        ("edit_file", {**EDIT, "old_string": "three"}, "Error:"),
    ],
)
async def test_a_wrong_call_is_an_error_to_read(
    tmp_path: Path, name: str, arguments: dict[str, str], said: str
) -> None:
    async with toolbox(tmp_path) as (root, box, attachment):
        outcome = await box.call(name, arguments)
        assert outcome.status == "error"
        assert said in outcome.text
        assert (root / "a.txt").read_text() == "one\ntwo\n"
        assert not (await attachment.sessions())[0].runs


class FakeShadow:
    kind, boundary, confines, closed = "none", "none", True, False

    async def close(self) -> None:
        self.closed = True


async def test_a_shadow_is_kept_while_a_call_works_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[FakeShadow] = []
    coming, came = asyncio.Event(), asyncio.Event()

    async def make(*_: Any, **__: Any) -> FakeShadow:
        made.append(FakeShadow())
        return made[-1]

    @tool(kind="execute", title="Wait")
    async def wait(context: ToolContext) -> str:
        """Wait until others have come."""
        coming.set()
        await came.wait()
        return f"{context.shadow is cast(Any, made[0])} {made[0].closed}"

    monkeypatch.setattr(shadows, "make_shadow", make)
    async with hub(tmp_path, []) as (daemon, _):
        attachment = await daemon.attach([str(tmp_path)], HeadlessEditor("test", [str(tmp_path)]))
        box = ToolBox(daemon, attachment, own=[wait])
        call = asyncio.create_task(box.call("wait", {}))
        await asyncio.wait_for(coming.wait(), 20)
        for number in range(12):
            await daemon.shadows.get(str(number), [str(tmp_path)], ShadowSettings())
        came.set()
        assert (await call).text == "True False"
        assert made[1].closed
        await daemon.shadows.get("13", [str(tmp_path)], ShadowSettings())
        assert made[0].closed


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_stopping_everything_ends_a_call(tmp_path: Path, elsewhere: bool) -> None:
    coming, never = asyncio.Event(), asyncio.Event()

    @tool(kind="other", title="Wait")
    async def wait(context: ToolContext) -> str:
        """Wait for ever."""
        coming.set()
        await never.wait()
        return "never"

    async with hub(tmp_path, []) as (daemon, _):
        attachment = await daemon.attach([str(tmp_path)], HeadlessEditor("test", [str(tmp_path)]))
        box = ToolBox(daemon, attachment, own=[wait, shout])
        call = asyncio.create_task(box.call("wait", {}))
        await asyncio.wait_for(coming.wait(), 20)
        if elsewhere:
            tell_all(tmp_path / "state" / FILE_NAME)
        else:
            await daemon.stops.all()
        outcome = await asyncio.wait_for(call, 20)
        assert (outcome.status, "was stopped" in outcome.text) == ("error", True)
        assert (await box.call("shout", {"text": "hi"})).status == "ok"
        coming.clear()
        call = asyncio.create_task(box.call("wait", {}))
        await asyncio.wait_for(coming.wait(), 20)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_tools_of_ones_own_and_names_that_models_use(tmp_path: Path) -> None:
    async with toolbox(tmp_path) as (_, box, _attachment):
        assert (await box.call("shout", {"text": "hi"})).text == "HI in work"
        assert (await box.call("file_read", {"file_path": "a.txt"})).status == "ok"
