"""The kill switch: everything ends at once, here and in other processes, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.fakes import FakeEditor, Turn, call, calls, say
from arriero.agent.request import RunRequest
from arriero.daemon.runs import RunHandle, RunRefused, Runs
from arriero.daemon.stopping import Stops, tell_all
from arriero.models.priority import Gate, Yielded
from arriero.models.types import TextChunk
from arriero.sessions.events import RunEnded
from daemon.bench import ask, hub

EDIT = call("edit_file", path="a.txt", old_string="two", new_string="2")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.txt").write_text("one\ntwo\n")
    return folder


async def test_all_runs_end_and_what_they_did_is_kept(tmp_path: Path, root: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    never = asyncio.Event()
    turns: list[Turn] = [calls(EDIT), [TextChunk("I go on"), never], [TextChunk("And I"), never]]
    async with hub(tmp_path, [*turns, say("Later.")]) as (made, provider):
        editors = FakeEditor(), FakeEditor()
        one = await made.attach([str(root)], editors[0])
        two = await made.attach([str(other)], editors[1])
        first = await one.start(RunRequest("a", "agent", "First", apply="never"))
        await until(lambda: len(provider.requests) == 2)
        second = await two.start(RunRequest("b", "ask", "Second"))
        await until(lambda: len(provider.requests) == 3)
        stopped = await made.stops.all()
        assert {(one.label, one.ended) for one in stopped} == {("First", True), ("Second", True)}
        assert provider.closed_early == 2, "the model's streams are closed"
        results = [await run.wait() for run in (first, second)]
        assert [result.stop_reason for result in results] == ["cancelled"] * 2
        assert results[0].change is not None
        for editor in editors:
            assert sum(isinstance(event.body, RunEnded) for event in editor.events) == 1
        assert await made.stops.all() == []
        assert (await ask(two, mode="ask")).message == "Later.", "what is asked later goes its way"


async def test_one_run_is_stopped_alone(tmp_path: Path, root: Path) -> None:
    never = asyncio.Event()
    turns: list[Turn] = [[TextChunk("a"), never], [TextChunk("b"), never]]
    async with hub(tmp_path, turns) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        runs = [await attachment.start(RunRequest("p", "ask", name)) for name in ("One", "Two")]
        (stopped,) = await made.stops.one(runs[0].run_id)
        assert (stopped.label, stopped.ended) == ("One", True)
        assert made.runs.all == [runs[1]]
        assert await made.stops.one(runs[0].run_id) == []


async def test_what_is_only_about_to_begin_does_not(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hub(tmp_path, []) as (made, _):
        attachment = await made.attach([str(root)], FakeEditor())
        reload = attachment.reload_settings

        async def while_it_begins() -> None:
            await made.stops.all()
            await reload()

        monkeypatch.setattr(attachment, "reload_settings", while_it_begins)
        with pytest.raises(RunRefused, match="stopped before this began"):
            await attachment.start(RunRequest("a", "ask", "First"))


async def test_another_process_is_told_by_the_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "stop"
    runs, stopped = Runs(lambda _: None), list[str]()
    here = Stops(file, runs, lambda: stopped.append("others"))
    handle = RunHandle("run_1", "s", "Label", ())

    async def work() -> None:
        await handle.cancellable(asyncio.Event().wait())

    runs.begin(handle, work())  # type: ignore[arg-type]
    with here.watching():
        await asyncio.sleep(0)
        there = Stops(file, Runs(lambda _: None), lambda: None)
        assert await there.all() == []
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(handle.wait(), 10)
        assert stopped == ["others"]
        assert here.count == there.count == 1
    await asyncio.sleep(0)
    with here.watching():  # what was said before is not heard again
        await asyncio.sleep(0)
        assert here.count == 1


async def test_a_folder_that_cannot_be_written_keeps_nothing_going(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("no folder")
    stops = Stops(tmp_path / "state" / "stop", Runs(lambda _: None), lambda: None)
    assert await stops.all() == []
    assert "not told" in caplog.text
    with pytest.raises(FileExistsError):
        tell_all(tmp_path / "state" / "stop")


async def test_what_is_in_flight_beside_runs_is_closed() -> None:
    gate, started, closed = Gate(), asyncio.Event(), list[str]()

    async def urgent() -> None:
        async with gate.use("chat"):
            try:
                started.set()
                await asyncio.Event().wait()
            finally:
                closed.append("relay")

    relay = asyncio.ensure_future(urgent())
    await started.wait()
    gate.stop()
    with pytest.raises(asyncio.CancelledError):
        await relay
    started.clear()

    async def patient() -> None:
        async with gate.use("completion") as turn:
            await turn.do(endless())

    async def endless() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            closed.append("completion")

    completion = asyncio.ensure_future(patient())
    await started.wait()
    gate.stop()
    with pytest.raises(Yielded):
        await completion
    assert closed == ["relay", "completion"]
    assert gate.in_flight == []


async def until(condition: object) -> None:
    """Wait, 20 s at most, for something that has no event."""
    assert callable(condition)

    async def look() -> None:
        while not condition():
            await asyncio.sleep(0.002)

    await asyncio.wait_for(look(), 20)
