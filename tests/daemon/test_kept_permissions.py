"""What the user allowed in a session lasts as long as the session is at hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.fakes import FakeEditor, say
from arriero.agent.request import RunRequest
from arriero.daemon.hub import Hub
from arriero.settings.permissions import PermissionSettings
from daemon.bench import ask, hub


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


async def allowed(made: Hub, session_id: str) -> set[str]:
    return made.permissions(await made.store.get(session_id), PermissionSettings()).always


async def test_they_are_kept_while_an_editor_is_there(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, [say("a"), say("b")]) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        other = await made.attach([str(root)], FakeEditor())
        result = await ask(attachment)
        (await allowed(made, result.session_id)).add("run_command")
        await other.detach()
        await ask(attachment, session_id=result.session_id)
        assert await allowed(made, result.session_id) == {"run_command"}
        await attachment.detach()
        assert made._permissions == {}


async def test_deleting_the_session_forgets_them(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, [say("a")]) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        result = await ask(attachment)
        (await allowed(made, result.session_id)).add("run_command")
        assert list(made._permissions) == [result.session_id]
        await attachment.delete_session(result.session_id)
        assert made._permissions == {}


async def test_the_end_of_a_run_that_nobody_sees_forgets_them(tmp_path: Path, root: Path) -> None:
    gate = asyncio.Event()
    async with hub(tmp_path, [[gate, *say("late")]]) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        run = await attachment.start(RunRequest("x", "ask", "X"))
        await attachment.detach()
        assert list(made._permissions) == [run.session_id], "the run goes on"
        gate.set()
        await asyncio.wait_for(run.wait(), 10)
        assert made._permissions == {}
