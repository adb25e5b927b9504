"""A run that is at a limit ends in order: a sentence names the setting, and its edits are kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.fakes import FakeEditor, Turn, call, calls, say
from arriero.agent.request import RunRequest
from arriero.agent.run_limits import RunLimits
from arriero.daemon import execution
from arriero.daemon.runs import RunRefused
from arriero.models.types import Finished, TextChunk, Usage
from arriero.sessions.events import (
    Event,
    PermissionAnswered,
    PermissionAsked,
    StepEnded,
    Text,
    ToolEnded,
    ToolStarted,
)
from arriero.settings.safety import LimitSettings
from daemon.bench import DiskEditor, ask, hub


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def writing(number: int) -> Turn:
    return [
        call("write_file", path=f"{number}.txt", content="one\ntwo\n"),
        Finished("stop", Usage(100, 10, cached_tokens=60)),
    ]


def commanding(number: int) -> Turn:
    return calls(call("run_command", command=f"true {number}"))


@pytest.mark.parametrize(
    ("limit", "turn", "asked", "files"),
    [
        ({"run_files": 2}, writing, 3, 3),
        ({"run_lines": 4}, writing, 3, 3),
        ({"run_tokens": 100}, writing, 3, 2),  # 50 of a step count; the third did nothing more
        ({"run_tokens": 200}, writing, 5, 4),
        ({"run_commands": 1}, commanding, 2, 0),
        ({"run_commands": 0}, commanding, 1, 0),
    ],
)
async def test_a_limit_ends_the_run(
    tmp_path: Path, root: Path, limit: dict[str, int], turn: Any, asked: int, files: int
) -> None:
    (name,) = limit
    async with hub(tmp_path, [*map(turn, range(4)), say("Done.")]) as (made, provider):
        editor = DiskEditor()
        attachment = await made.attach([str(root)], editor)
        await attachment.set_editor_settings(
            {
                "limits": limit,
                "permissions": {"commands": "allow"},
                "shadow": {"kind": "none"},
            },
            trusted=True,
        )
        result = await ask(attachment, apply="auto")
        if asked == 5:
            assert (result.stop_reason, result.message) == ("end_turn", "Done.")
        else:
            assert result.stop_reason == "max_turn_requests"
            assert f"limits.{name}" in result.message
        assert len(provider.requests) == asked
        assert len(list(root.glob("*.txt"))) == files, "what was done is applied as it was asked"
        ends = [event.body for event in editor.events if isinstance(event.body, ToolEnded)]
        if name == "run_commands":
            assert ends[-1].status == "refused"
            assert [end.status for end in ends].count("refused") == 1
        again = await ask(attachment, session_id=result.session_id, tools=frozenset())
        assert again.message == "Done." or provider.requests[asked:], "the session can go on"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_time_ends_a_run_in_the_middle_of_an_answer(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, made_limits = Clock(), list[RunLimits]()

    def limits(settings: LimitSettings) -> RunLimits:
        made_limits.append(RunLimits(settings, clock))
        return made_limits[-1]

    class Watching(FakeEditor):
        async def event(self, event: Event) -> None:
            if isinstance(event.body, Text):  # the time is over while the model speaks
                clock.now += 1000
                made_limits[0].saw(PermissionAsked("c", ""))
                made_limits[0].saw(PermissionAnswered("c", "allow_once"))

    monkeypatch.setattr(execution, "RunLimits", limits)
    turns: list[Turn] = [writing(0), [TextChunk("I go on"), asyncio.Event()]]
    async with hub(tmp_path, turns) as (made, provider):
        attachment = await made.attach([str(root)], Watching())
        await attachment.set_editor_settings({"limits": {"run_seconds": 900}}, trusted=True)
        result = await ask(attachment, apply="never")
        assert result.stop_reason == "max_turn_requests"
        assert "900 seconds (limits.run_seconds)" in result.message
        assert result.change is not None
        assert provider.closed_early == 1, "the model is left alone"


async def test_time_in_which_a_person_is_asked_does_not_count() -> None:
    clock = Clock()
    limits = RunLimits(LimitSettings(run_seconds=900), clock)
    limits.saw(PermissionAsked("c", "May I?"))
    gate = asyncio.Event()

    async def work() -> str:
        await gate.wait()
        clock.now += 1000
        limits.saw(PermissionAnswered("c", "allow_once"))
        for _ in range(10):  # the clock looks again, and there is time left
            await asyncio.sleep(0)
        return "done"

    doing = asyncio.ensure_future(limits.within(work))
    for _ in range(10):  # the clock has begun
        await asyncio.sleep(0)
    gate.set()
    assert await doing == "done"


async def test_what_fails_within_a_limit_of_time_fails_as_without() -> None:
    limits = RunLimits(LimitSettings(run_seconds=60))

    async def work() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await limits.within(work)
    hanging = asyncio.ensure_future(limits.within(asyncio.Event().wait))
    await asyncio.sleep(0)
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging


async def test_who_cancels_twice_waits_for_the_end_all_the_same() -> None:
    limits, gate, ended = RunLimits(LimitSettings(run_seconds=60)), asyncio.Event(), asyncio.Event()

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            await gate.wait()  # such as the end of a command
            ended.set()
        return "never"

    doing = asyncio.ensure_future(limits.within(work))
    for _ in range(2):
        for _ in range(10):
            await asyncio.sleep(0)
        doing.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not doing.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert ended.is_set()


def test_tokens_that_a_server_had_kept_are_not_counted() -> None:
    limits = RunLimits(LimitSettings(run_tokens=100))
    for step in range(10):
        limits.saw(StepEnded(step, 5000, 9, 0, 0, 0, 5000))
    assert limits.reached == ""
    limits.saw(StepEnded(11, 5, 9, 0, 0, 0, None))
    assert "104 tokens (limits.run_tokens)" in limits.reached


async def test_runs_of_all_connections_count_together(tmp_path: Path, root: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    gate = asyncio.Event()
    turns: list[Turn] = [[gate, *say("Done.")] for _ in range(2)] + [say("Third.")]
    async with hub(tmp_path, turns) as (made, _):
        one = await made.attach([str(root)], FakeEditor())
        two = await made.attach([str(other)], FakeEditor())
        for attachment in (one, two):
            await attachment.set_editor_settings({"limits": {"concurrent_runs": 2}}, trusted=True)
        runs = [await one.start(RunRequest("a", "ask", "First")),
                await two.start(RunRequest("b", "ask", "Second"))]  # fmt: skip
        with pytest.raises(RunRefused, match=r"limits\.concurrent_runs.*'First'"):
            await one.start(RunRequest("c", "ask", "Third"))
        gate.set()
        for run in runs:
            await asyncio.wait_for(run.wait(), 20)
        assert (await ask(two)).message == "Third."


def test_a_look_at_a_job_is_no_command() -> None:
    """Also many of them: what they look at was counted when it was started."""
    limits = RunLimits(LimitSettings(run_commands=1))
    for number, name in enumerate(["run_command", *["command_output"] * 5]):
        limits.saw(ToolStarted(1, f"call_{number}", name, {}, name, "execute"))
        assert limits.reached == ""
    limits.saw(ToolStarted(1, "call_6", "run_python", {}, "run_python", "execute"))
    assert "limits.run_commands" in limits.reached
