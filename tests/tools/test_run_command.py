from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from arriero.sessions.events import FileDiff
from arriero.shadow.choose import make_shadow
from arriero.shadow.jobs import Jobs
from arriero.shadow.output import Output
from arriero.shadow.types import Command, CommandResult, FileWrite, Limits, ShadowError, ShadowKind
from arriero.tools.base import Tool, ToolContext, ToolError, ToolResult
from arriero.tools.command_output import command_output
from arriero.tools.edit_file import edit_file
from arriero.tools.run_command import run_command
from arriero.tools.run_python import run_python
from arriero.workspace.files import ignored_among, list_files
from arriero.workspace.view import WorkspaceView
from workspace.user import User, proposed

RESULT = CommandResult(0, "exited", "out\n", 0, 0.25, ())


@dataclass
class Told:
    """A shadow that answers with what it was told."""

    result: CommandResult = RESULT
    commands: list[Command] = field(default_factory=list)
    kind: ShadowKind = "overlay"
    confines: bool = True
    boundary: str = "a fence"

    async def run(self, command: Command) -> CommandResult:
        self.commands.append(command)
        return self.result

    async def close(self) -> None:
        return None


def context(user: User, shadow: Any, limits: Limits | None = None) -> ToolContext:
    return ToolContext(
        WorkspaceView([str(user.root)], user),
        shadow,
        cwd=str(user.root),
        environment={"PATH": os.environ["PATH"]},
        limits=limits or Limits(seconds=20),
    )


async def call(tool: Tool, ctx: ToolContext, **arguments: Any) -> ToolResult:
    result = await tool.function(ctx, **tool.parameters.read(json.dumps(arguments)))  # type: ignore[misc]
    assert isinstance(result, ToolResult)
    return result


@pytest.fixture
def user(tmp_path: Path) -> User:
    user = User(tmp_path / "ws")
    user.save("a.txt", "one\ntwo\n")
    user.save("pkg.py", "VALUE = 'disk'\n")
    user.save(".gitignore", "*.log\n")
    return user


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        pytest.param({}, "Exit code 0 after 0.2 s\nout", id="plain"),
        pytest.param({"output": ""}, "Exit code 0 after 0.2 s\n(no output)", id="silent"),
        pytest.param({"exit_code": 3}, "Exit code 3 after 0.2 s\nout", id="failed"),
        pytest.param({"exit_code": -11}, "Ended by SIGSEGV after 0.2 s\nout", id="signal"),
        pytest.param(
            {"exit_code": None, "ended": "timeout"},
            "Error: ended after the time limit of 20 s. Run a smaller part, or give a longer "
            "timeout.\nout",
            id="timeout",
        ),
        pytest.param(
            {"exit_code": None, "ended": "memory"},
            "Error: ended because it needed too much memory. Run a smaller part.\nout",
            id="memory",
        ),
        pytest.param(
            {"exit_code": None, "ended": "processes"},
            "Error: ended because it started too many processes. Run fewer at a time.\nout",
            id="processes",
        ),
        pytest.param(
            {"exit_code": None, "ended": "disk"},
            "Error: ended because it wrote too much to the disk. Write less.\nout",
            id="disk",
        ),
        pytest.param(
            {"output_cut": 12345},
            "Exit code 0 after 0.2 s\nout\n(12,345 bytes of output were left out; print less, for "
            "example through tail or grep.)",
            id="cut",
        ),
        pytest.param(
            {"exit_code": 1, "output": "touch: /etc/x: Permission denied\n"},
            "Exit code 1 after 0.2 s\ntouch: /etc/x: Permission denied\n"
            "(What confines commands here: a fence.)",
            id="refused",
        ),
        pytest.param(
            {"output": "Permission denied, but it went on\n"},
            "Exit code 0 after 0.2 s\nPermission denied, but it went on",
            id="refused without consequence",
        ),
        pytest.param(
            {"output": "\x1b[31mred\x1b[0m\r\n"}, "Exit code 0 after 0.2 s\nred", id="colours"
        ),
        pytest.param(
            {"ignored": 2, "skipped": ("l is a symbolic link", "p is a named pipe")},
            "Exit code 0 after 0.2 s\nout\n"
            "Not taken into the proposal: l is a symbolic link; p is a named pipe\n"
            "2 ignored files changed; the next command finds them.",
            id="left out",
        ),
        pytest.param(
            {"writes": {"a.txt": b"one\n2\n", "new.txt": b"n\n", "pkg.py": None, "x.log": b"l"}},
            "Exit code 0 after 0.2 s\nout\n"
            "Changed files, now in the proposal: a.txt, new.txt (new), pkg.py (deleted)\n"
            "Not taken into the proposal: x.log is ignored and stays in the shadow",
            id="changes",
        ),
    ],
)
async def test_what_the_model_is_told(user: User, changes: dict[str, Any], text: str) -> None:
    if "writes" in changes:
        writes = changes["writes"].items()
        changes["writes"] = tuple(FileWrite(user.path(name), data) for name, data in writes)
    result = await call(run_command, context(user, Told(replace(RESULT, **changes))), command="x")
    assert result.text == text


async def test_the_command_gets_what_the_user_and_the_run_have(user: User) -> None:
    shadow = Told()
    ctx = context(user, shadow)
    user.type("a.txt", "unsaved\n")
    await asyncio.to_thread(edit_file.function, ctx, "pkg.py", "disk", "proposed")
    await call(run_command, ctx, command="make  test", timeout=5)
    command = shadow.commands[0]
    assert command.argv == ("bash", "-c", "make  test")
    assert command.cwd == str(user.root)
    assert command.files == {
        user.path("a.txt"): b"unsaved\n",
        user.path("pkg.py"): b"VALUE = 'proposed'\n",
    }
    assert command.limits == Limits(seconds=5)
    assert command.environment == {"PATH": os.environ["PATH"]}


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(None, 20), (0, 20), (-1, 20), (3, 3), (1e9, 3600)]
)
async def test_time_limit(user: User, timeout: float | None, seconds: float) -> None:
    shadow = Told()
    arguments = {} if timeout is None else {"timeout": timeout}
    await call(run_command, context(user, shadow), command="x", **arguments)
    assert shadow.commands[0].limits.seconds == seconds


@pytest.mark.parametrize(
    ("tool", "arguments"), [(run_command, {"command": " "}), (run_python, {"code": "\n"})]
)
async def test_nothing_to_run(user: User, tool: Tool, arguments: dict[str, str]) -> None:
    with pytest.raises(ToolError, match="is empty"):
        await call(tool, context(user, Told()), **arguments)


@pytest.fixture
async def real(user: User, tmp_path: Path) -> AsyncIterator[ToolContext]:
    """A context with the best shadow of this machine."""
    shadow = await make_shadow(
        "auto",
        [str(user.root)],
        tmp_path / "shadows",
        ignored=ignored_among,
        listing=lambda root: list_files(root).paths,
    )
    yield context(user, shadow)
    await shadow.close()


async def test_changes_join_the_proposal_and_are_seen_by_the_next_command(
    user: User, real: ToolContext
) -> None:
    user.type("a.txt", "unsaved\n")
    result = await call(run_command, real, command="cat a.txt; echo more >> a.txt; mv pkg.py q.py")
    assert result.text.startswith("Exit code 0")
    assert "unsaved" in result.text
    assert sorted(result.diffs, key=lambda diff: diff.path) == [
        FileDiff(user.path("a.txt"), "unsaved\n", "unsaved\nmore\n"),
        FileDiff(user.path("pkg.py"), "VALUE = 'disk'\n", None),
        FileDiff(user.path("q.py"), None, "VALUE = 'disk'\n"),
    ]
    assert proposed(real.view)["a.txt"][1] == "unsaved\nmore\n"
    assert (user.root / "a.txt").read_text() == "one\ntwo\n"
    again = await call(run_command, real, command="cat a.txt q.py; test ! -e pkg.py")
    assert again.text.splitlines()[1:] == ["unsaved", "more", "VALUE = 'disk'"]
    assert again.diffs == ()


async def test_python_imports_the_view_and_its_changes_join(user: User, real: ToolContext) -> None:
    await asyncio.to_thread(edit_file.function, real, "pkg.py", "disk", "proposed")
    code = "import pkg\nprint(pkg.VALUE)\nopen('made.txt', 'w').write('m')\n"
    result = await call(run_python, real, code=code)
    assert result.text.startswith("Exit code 0"), result.text
    assert "\nproposed\n" in result.text
    assert "made.txt (new)" in result.text
    failed = await call(run_python, real, code="x = 1\nx.y")
    assert failed.text.startswith("Exit code 1")
    assert 'File "<stdin>", line 2' in failed.text


async def test_removing_everything_ends_as_a_proposal_only(user: User, real: ToolContext) -> None:
    result = await call(run_command, real, command="rm -rf ./* .gitignore; ls -A")
    assert {diff.path for diff in result.diffs} == {
        user.path(name) for name in ("a.txt", "pkg.py", ".gitignore")
    }
    assert all(diff.new_text is None for diff in result.diffs)
    assert (user.root / "a.txt").exists()


async def test_a_shadow_that_is_gone_is_an_error_for_the_model(real: ToolContext) -> None:
    await real.shadow.close()
    with pytest.raises(ShadowError, match="start a new session"):
        await call(run_command, real, command="true")


async def test_the_model_is_told_what_held(user: User) -> None:
    ctx = context(user, Told(replace(RESULT, held="overlay, no network")))
    result = await call(run_command, ctx, command="x")
    assert result.text == "Exit code 0 after 0.2 s (overlay, no network)\nout"


async def test_a_job_from_its_beginning_to_its_end(user: User, tmp_path: Path) -> None:
    shadow = await make_shadow(
        "copy",
        [str(user.root)],
        tmp_path / "shadows",
        ignored=ignored_among,
        listing=lambda root: list_files(root).paths,
    )
    ctx = context(user, shadow)
    begun = await call(
        run_command, ctx, command="echo up; read x < <(sleep 300)", background="true"
    )
    assert begun.text.startswith("Runs in the background as job 1 (copy).")
    assert begun.text.endswith("\nup")
    assert (await call(command_output, ctx, job=1)).text == "Job 1 runs.\n(nothing new)"
    short = await call(run_command, ctx, command="echo x > made.txt; exit 4", background=True)
    assert short.text.startswith("Job 2: Exit code 4 after ")
    assert "now in the proposal: made.txt (new)" in short.text
    later = await call(
        run_command, ctx, command="echo on; sleep 1.3; echo two >> a.txt", background=True
    )
    assert "job 3" in later.text
    deadline = asyncio.get_running_loop().time() + 20
    told = ""
    while "Job 3 has ended" not in told:
        assert asyncio.get_running_loop().time() < deadline
        told = (await call(run_command, ctx, command="true")).text
    assert "Job 3 has ended" not in (await call(run_command, ctx, command="true")).text
    ended = await call(command_output, ctx, job=3)
    assert ended.text.startswith("Job 3: Exit code 0 after ")
    assert "Changed files, now in the proposal: a.txt" in ended.text
    stopped = await call(command_output, ctx, job=1, stop=True)
    assert stopped.text.startswith("Job 1 was stopped (a copy under Landlock")
    with pytest.raises(ToolError, match="There is no job 1; running: none"):
        await call(command_output, ctx, job=1)
    await shadow.close()


async def test_where_no_job_can_run(user: User) -> None:
    with pytest.raises(ToolError, match="run it without background"):
        await call(run_command, context(user, Told()), command="x", background=True)


@dataclass
class Working(Told):
    """A shadow with commands in the background."""

    jobs: Jobs = field(kw_only=True)


class SlowToEnd:
    """A command in the background whose end takes as long as a test wants."""

    def __init__(self) -> None:
        self.output = Output(1000)
        self.output.data_received(b"made it\n")
        self.ending, self.gate = asyncio.Event(), asyncio.Event()

    async def over(self) -> None:
        await asyncio.Event().wait()

    async def end(self) -> CommandResult:
        self.ending.set()
        await self.gate.wait()
        return replace(RESULT, output="made it\n")


async def test_a_job_whose_end_was_cancelled_can_still_be_asked(user: User) -> None:
    started = SlowToEnd()

    async def start(command: Command) -> SlowToEnd:
        return started

    shadow = Working(jobs=Jobs(start))
    ctx = context(user, shadow)
    await shadow.jobs.start(Command(("x",), str(user.root), {}, {}, ctx.limits))
    stopping = asyncio.ensure_future(call(command_output, ctx, job=1, stop=True))
    await started.ending.wait()
    stopping.cancel()
    await asyncio.wait([stopping])
    assert stopping.cancelled()
    started.gate.set()
    ended = await call(command_output, ctx, job=1)
    assert "made it" in ended.text
