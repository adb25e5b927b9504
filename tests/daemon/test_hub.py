"""Runs through the hub: policies, sharing, cancelling, sessions, and what a restart finds."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from agent.fakes import FakeEditor, Turn, call, calls, say
from arriero.agent.editor import ApplyOutcome
from arriero.agent.request import ApplyPolicy, RunRequest
from arriero.daemon.runs import RunHandle, RunRefused
from arriero.daemon.workspaces import OpenWorkspace
from arriero.models.errors import ProviderUnavailable
from arriero.models.types import ModelDetails, TextChunk
from arriero.sessions.events import (
    Applied,
    ProposalChanged,
    Rejected,
    RunEnded,
    RunStarted,
    ToolEnded,
    Undone,
)
from arriero.sessions.session import UnknownSession
from arriero.workspace.changes import TextChange
from daemon.bench import DiskEditor, ask, hub


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.txt").write_text("one\ntwo\nthree\n")
    return folder


def editing() -> list[Turn]:
    edit = call("edit_file", path="a.txt", old_string="two", new_string="2")
    return [calls(edit), say("Changed.")]


@pytest.mark.parametrize(
    ("policy", "verdict", "text", "applied"),
    [
        ("auto", None, "one\n2\nthree\n", True),
        ("review", True, "one\n2\nthree\n", True),
        ("review", False, "one\ntwo\nthree\n", False),
        ("review", None, "one\ntwo\nthree\n", False),
        ("never", True, "one\ntwo\nthree\n", False),
        (None, True, "one\n2\nthree\n", True),
    ],
)
async def test_what_becomes_of_a_proposal(
    tmp_path: Path,
    root: Path,
    policy: ApplyPolicy | None,
    verdict: bool | None,
    text: str,
    applied: bool,
) -> None:
    async with hub(tmp_path, editing()) as (made, _):
        editor = DiskEditor(verdict=verdict)
        attachment = await made.attach([str(root)], editor)
        result = await ask(attachment, apply=policy)
        assert (result.stop_reason, result.applied) == ("end_turn", applied)
        assert (root / "a.txt").read_text() == text
        assert result.change is not None
        (change,) = result.change.changes
        assert isinstance(change, TextChange)
        bodies = [event.body for event in editor.events]
        assert any(isinstance(body, ProposalChanged) for body in bodies)
        assert any(isinstance(body, Applied) for body in bodies) == applied
        assert any(isinstance(body, Rejected) for body in bodies) == (verdict is False)
        assert sum(isinstance(body, RunEnded) for body in bodies) == 1


async def test_accept_and_undo_later(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, editing()) as (made, _):
        editor = DiskEditor()
        attachment = await made.attach([str(root)], editor)
        result = await ask(attachment)
        accepted = await attachment.accept(result.run_id, None)
        assert accepted.applied
        (root / "a.txt").write_text("zero\none\n2\nthree\n")  # the user types elsewhere
        undone = await attachment.undo(result.run_id)
        assert undone.applied
        assert (root / "a.txt").read_text() == "zero\none\ntwo\nthree\n"
        kinds = [type(event.body) for event in await attachment.events(result.session_id)]
        assert kinds[-2:] == [Applied, Undone]
        (gone,) = await attachment.changed_runs(result.session_id)
        assert (gone.run_id, gone.applied, gone.taken_back) == (result.run_id, False, True)
        again = await attachment.redo(result.run_id)
        assert (again.applied, again.runs[0].hunks) == (True, ("1",))
        assert (root / "a.txt").read_text() == "zero\none\n2\nthree\n"
        last = (await attachment.events(result.session_id))[-1]
        assert last.body == Applied((str(root / "a.txt"),), ("1",))


async def test_runs_of_long_ago_are_forgotten_when_an_editor_comes(
    tmp_path: Path, root: Path
) -> None:
    turns = [*editing(), *editing()]
    async with hub(tmp_path, turns) as (made, _):
        attachment = await made.attach([str(root)], DiskEditor())
        old = await ask(attachment, apply="auto")
        await attachment.undo(old.run_id)
        new = await ask(attachment, apply="auto", session_id=old.session_id)
        for path in (tmp_path / "state/checkpoints/runs").iterdir():
            os.utime(path, (time.time() - 365 * 24 * 3600.0,) * 2)
        since = [f"{int(time.time() - day * 24 * 3600)}\n" for day in range(120, 0, -1)]
        (tmp_path / "state/checkpoints/days").write_text("".join(since))
    async with hub(tmp_path, []) as (made, _):
        attachment = await made.attach([str(root)], DiskEditor())
        await asyncio.wait_for(made.keeping.done(), 20)
        assert [run.run_id for run in await attachment.changed_runs()] == [new.run_id]


async def test_a_proposal_waits_for_an_editor_that_comes_later(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, editing()) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        result = await ask(attachment)
        assert [run.run_id for run in attachment.waiting] == [result.run_id]
    async with hub(tmp_path, []) as (again, _):
        attachment = await again.attach([str(root)], DiskEditor())
        (waiting,) = attachment.waiting
        assert (waiting.run_id, waiting.label) == (result.run_id, "Do it")
        assert (await attachment.accept(waiting.run_id, None)).applied
        assert attachment.waiting == []
        await attachment.undo(waiting.run_id)
        assert attachment.waiting == []


async def test_an_editor_that_refuses_keeps_the_proposal_open(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, editing()) as (made, _):
        editor = DiskEditor(outcome=ApplyOutcome(False, "busy"))
        attachment = await made.attach([str(root)], editor)
        result = await ask(attachment, apply="auto")
        assert not result.applied
        assert editor.messages
        assert (root / "a.txt").read_text() == "one\ntwo\nthree\n"
        editor.outcome = ApplyOutcome(True)
        assert (await attachment.accept(result.run_id, None)).applied
        assert (root / "a.txt").read_text() == "one\n2\nthree\n"


async def test_a_run_is_seen_by_every_connection_of_its_folder(tmp_path: Path, root: Path) -> None:
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    async with hub(tmp_path, editing()) as (made, _):
        one, two, three = FakeEditor(name="1"), FakeEditor(name="2"), FakeEditor(name="3")
        first = await made.attach([str(root)], one)
        await made.attach([str(root / "..") + "/work"], two)
        await made.attach([str(other_folder)], three)
        assert len(made.workspaces.all) == 2, "one workspace for each real folder"
        await ask(first)
        assert [e.seq for e in one.events] == [e.seq for e in two.events] != []
        assert three.events == []


async def test_an_editor_that_fails_does_not_disturb(tmp_path: Path, root: Path) -> None:
    class Broken(FakeEditor):
        async def event(self, event: object) -> None:
            raise RuntimeError("broken")

    async with hub(tmp_path, [say("fine")]) as (made, _):
        await made.attach([str(root)], Broken())
        attachment = await made.attach([str(root)], FakeEditor())
        assert (await ask(attachment)).message == "fine"


async def test_a_session_goes_on_and_only_one_run_at_a_time(tmp_path: Path, root: Path) -> None:
    gate = asyncio.Event()
    turns: list[Turn] = [[gate, *say("first")], say("second")]
    async with hub(tmp_path, turns) as (made, provider):
        attachment = await made.attach([str(root)], FakeEditor())
        run = await attachment.start(RunRequest("one", "ask", "One"))
        again = RunRequest("two", "ask", "Two", session_id=run.session_id)
        with pytest.raises(RunRefused, match="busy with 'One'"):
            await attachment.start(again)
        gate.set()
        assert (await asyncio.wait_for(run.wait(), 10)).message == "first"
        result = await asyncio.wait_for((await attachment.start(again)).wait(), 10)
        assert result.message == "second"
        first, second = provider.requests
        assert second.messages[: len(first.messages)] == first.messages
        assert [m.role for m in second.messages] == ["system", "user", "assistant", "user"]


async def test_halves_of_a_surrogate_pair_are_stored_as_something_else(
    tmp_path: Path, root: Path
) -> None:
    """No database takes them, and a client may cut a text anywhere."""
    async with hub(tmp_path, []) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        session = (await attachment.new_session()).session_id
        await attachment.set_model(session, "half \ud800")
        await attachment.rename_session(session, "\ud83d\ude00 \udc00")
        told = await attachment.session(session)
        assert (told.model, told.title) == ("half \ufffd", "\U0001f600 \ufffd")


async def test_two_starts_at_once_in_one_session(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, [say("one")]) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        session = await attachment.new_session()
        request = RunRequest("x", "ask", "X", session_id=session.session_id)
        started = await asyncio.gather(
            attachment.start(request), attachment.start(request), return_exceptions=True
        )
        assert sum(isinstance(outcome, RunRefused) for outcome in started) == 1
        (run,) = [outcome for outcome in started if isinstance(outcome, RunHandle)]
        assert (await asyncio.wait_for(run.wait(), 10)).message == "one"


async def test_no_run_begins_in_a_session_that_is_being_deleted(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hub(tmp_path, [say("one")]) as (made, provider):
        attachment = await made.attach([str(root)], FakeEditor())
        session = await attachment.new_session()
        closing, goes_on = asyncio.Event(), asyncio.Event()

        async def close(session_id: str) -> None:
            closing.set()
            await goes_on.wait()

        monkeypatch.setattr(made.shadows, "close", close)
        deleting = asyncio.create_task(attachment.delete_session(session.session_id))
        await asyncio.wait_for(closing.wait(), 10)
        with pytest.raises(RunRefused, match="being deleted"):
            await attachment.start(RunRequest("x", "ask", "X", session_id=session.session_id))
        with pytest.raises(RunRefused, match="being deleted"):
            await attachment.delete_session(session.session_id)
        goes_on.set()
        await asyncio.wait_for(deleting, 10)
        monkeypatch.undo()
        with pytest.raises(UnknownSession):
            await attachment.start(RunRequest("x", "ask", "X", session_id=session.session_id))
        assert not provider.requests


async def test_cancel_keeps_what_was_shown(tmp_path: Path, root: Path) -> None:
    gate = asyncio.Event()
    async with hub(tmp_path, [[TextChunk("half"), gate]]) as (made, provider):
        editor = FakeEditor()
        attachment = await made.attach([str(root)], editor)
        run = await attachment.start(RunRequest("x", "ask", "X"))
        while not provider.requests:
            await asyncio.sleep(0.001)
        assert await attachment.cancel(run.run_id)
        result = await asyncio.wait_for(run.wait(), 5)
        assert result.stop_reason == "cancelled"
        assert not await attachment.cancel(run.run_id)
        assert not await attachment.cancel("run_x")
        stored = await attachment.events(run.session_id)
        assert [e.seq for e in stored] == [e.seq for e in editor.events]
        assert provider.closed_early == 1


async def test_closing_the_hub_ends_runs_and_stores_it(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, [[TextChunk("half"), asyncio.Event()]]) as (made, provider):
        attachment = await made.attach([str(root)], FakeEditor())
        run = await attachment.start(RunRequest("x", "ask", "X"))
        while not provider.requests:
            await asyncio.sleep(0.001)
    async with hub(tmp_path, []) as (again, _):
        attachment = await again.attach([str(root)], FakeEditor())
        last = (await attachment.events(run.session_id))[-1].body
        assert isinstance(last, RunEnded)
        assert last.stop_reason == "cancelled"


async def test_no_model_server_is_said_and_the_rest_works(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, [[ProviderUnavailable("Start it with `ollama serve`.")]]) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        result = await ask(attachment)
        assert (result.stop_reason, result.message) == ("error", "Start it with `ollama serve`.")
        assert len(await attachment.sessions()) == 1


async def test_unreadable_settings_are_said_once_and_stop_runs(tmp_path: Path, root: Path) -> None:
    config = tmp_path / "config" / "arriero" / "config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("modle: x\n")
    async with hub(tmp_path, []) as (made, _):
        editor = FakeEditor(environment={"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": "/"})
        attachment = await made.attach([str(root)], editor)
        with pytest.raises(RunRefused, match="modle"):
            await attachment.start(RunRequest("x", "ask", "X"))
        assert len(editor.messages) == 1
        config.write_text("model: x\n")
        await attachment.reload_settings()
        assert attachment.selected_model == "x"


async def test_a_folder_that_is_gone_is_said_and_may_come_back(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    turn = calls(call("read_file", path="a.txt"))
    async with hub(tmp_path, [turn, say("hello"), turn, say("again")]) as (made, _):
        editor = FakeEditor()
        attachment = await made.attach([str(gone)], editor)
        assert "gone" in editor.messages[0]
        assert (await ask(attachment)).message == "hello"
        gone.mkdir()
        (gone / "a.txt").write_text("back")
        result = await ask(attachment)
        results = [e.body for e in await attachment.events(result.session_id)]
        assert any(isinstance(b, ToolEnded) and "back" in b.result for b in results)


async def test_what_is_no_folder_is_left_out(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, [say("hello")]) as (made, _):
        editor = FakeEditor()
        attachment = await made.attach([str(root / "a.txt"), "relative"], editor)
        assert attachment.roots == ()
        assert len(editor.messages) == 2
        assert (await ask(attachment, mode="ask")).message == "hello"
        assert isinstance(editor.events[-1].body, RunEnded), "the asker sees it all the same"


async def test_leaving_closes_the_watcher_of_the_last(tmp_path: Path, root: Path) -> None:
    async with hub(tmp_path, []) as (made, _):
        first = await made.attach([str(root)], FakeEditor())
        second = await made.attach([str(root)], FakeEditor())
        await first.detach()
        assert len(made.workspaces.all) == 1
        await second.detach()
        assert made.workspaces.all == []
        assert made.status()["connections"] == []


async def test_what_was_kept_warm_is_closed_after_the_last_editor(
    tmp_path: Path, root: Path
) -> None:
    gate = asyncio.Event()
    async with hub(tmp_path, [[gate, *say("late")], say("soon")]) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        run = await attachment.start(RunRequest("x", "agent", "X"))
        while not made.shadows.count:
            await asyncio.sleep(0.001)
        await attachment.detach()
        assert made.shadows.count == 1, "the run goes on"
        gate.set()
        assert (await asyncio.wait_for(run.wait(), 10)).message == "late"
        assert made.shadows.count == 0
        again = await made.attach([str(root)], FakeEditor())
        await ask(again)
        assert made.shadows.count == 1
        await again.detach()
        assert made.shadows.count == 0


async def test_who_cannot_be_attached_leaves_nothing_open(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(roots: object) -> None:
        raise OSError("the disk is gone")

    async with hub(tmp_path, []) as (made, _):
        monkeypatch.setattr(made.waiting, "look", fails)
        with pytest.raises(OSError, match="gone"):
            await made.attach([str(root)], FakeEditor())
        assert (made.connections, made.workspaces.all) == (0, [])


async def test_a_change_of_folders_that_is_cancelled_leaves_none_open(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    joining, gate = asyncio.Event(), asyncio.Event()
    async with hub(tmp_path, []) as (made, _):
        attachment = await made.attach([], FakeEditor())
        join = made.workspaces.join

        async def slowly(path: str) -> OpenWorkspace:
            if path == str(other):
                joining.set()
                await gate.wait()
            return await join(path)

        monkeypatch.setattr(made.workspaces, "join", slowly)
        changing = asyncio.ensure_future(attachment.set_folders([str(root), str(other)]))
        await joining.wait()
        changing.cancel()
        leaving = asyncio.ensure_future(attachment.detach())
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(changing, leaving, return_exceptions=True)
        assert changing.cancelled()
        assert made.workspaces.all == []


async def test_the_prompt_of_a_run_that_is_cancelled_early_is_kept(
    tmp_path: Path, root: Path
) -> None:
    async with hub(tmp_path, [say("Yes.")]) as (made, provider):
        looking, show = asyncio.Event(), provider.show

        async def slowly(model: str) -> ModelDetails:
            looking.set()
            await asyncio.Event().wait()
            return await show(model)

        provider.show = slowly  # type: ignore[method-assign]
        attachment = await made.attach([str(root)], FakeEditor())
        run = await attachment.start(RunRequest("Is it well?", "ask", "Ask"))
        await looking.wait()
        await attachment.cancel(run.run_id)
        assert (await run.wait()).stop_reason == "cancelled"
        bodies = [event.body for event in await attachment.events(run.session_id)]
        assert [type(body) for body in bodies] == [RunStarted, RunEnded]
        assert isinstance(bodies[0], RunStarted)
        assert bodies[0].prompt == "Is it well?"


async def test_a_run_ends_once_whatever_fails_in_its_end(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*given: object) -> None:
        raise RuntimeError("a mistake of ours")

    async with hub(tmp_path, [say("Yes.")]) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        monkeypatch.setattr(made.proposals, "propose", fails)
        result = await ask(attachment)
        assert result.stop_reason == "error"
        assert "arriero daemon logs" in result.message
        events = await attachment.events(result.session_id)
        assert sum(isinstance(event.body, RunEnded) for event in events) == 1
