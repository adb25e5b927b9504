"""`arriero demo`: the main job on a sample project, shown step by step."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from arriero.cli.failure import CANCELLED, DONE, FAILED, Failure

if TYPE_CHECKING:
    from arriero.cli.demo_model import DemoModel
    from arriero.cli.demo_project import DemoProject
    from arriero.cli.interrupt import Interrupts
    from arriero.cli.terminal import Terminal
    from arriero.cli.turn import Outcome


@click.command(
    short_help="Mend a failing test in a sample project, step by step.",
    epilog="\b\nExamples:\n  arriero demo\n  arriero demo --model qwen3 --keep",
)
@click.option("--model", metavar="NAME", help="The model to use.")
@click.option("--keep", is_flag=True, help="Keep the sample project afterwards.")
def command(model: str | None, keep: bool) -> int:
    """Mend a failing test in a small sample project, and show every step.

    It takes your Ollama if that answers and has a model that can use tools, and otherwise a
    scripted rehearsal model. Everything but the model's words is real in both cases.
    """
    from arriero.cli.interrupt import run
    from arriero.cli.terminal import Terminal

    terminal = Terminal()
    with _folder(terminal, keep=keep) as folder:
        return run(lambda interrupts: _demo(terminal, interrupts, folder, model))


@contextlib.contextmanager
def _folder(terminal: Terminal, *, keep: bool) -> Iterator[Path]:
    parent = Path(os.path.realpath(tempfile.mkdtemp(prefix="arriero-demo-")))
    try:
        yield parent / "tally"
    finally:
        if keep:
            terminal.line(f"The sample project is kept in {parent / 'tally'}")
        else:
            shutil.rmtree(parent, ignore_errors=True)


async def _demo(terminal: Terminal, interrupts: Interrupts, folder: Path, model: str | None) -> int:
    from arriero.cli.demo_model import find_model
    from arriero.cli.demo_project import make_project

    _heading(terminal, f"A sample project with a failing test, in {folder}")
    project = await asyncio.to_thread(make_project, folder)
    if not await _test(terminal, project, expect_green=False):
        raise Failure("The sample's test should fail first, but passes; reinstall Arriero.")
    async with find_model(model) as found:
        _heading(terminal, f"The model: {found.description}")
        outcome, failed = await _run(terminal, interrupts, project, found)
    if outcome.end.stop_reason == "cancelled":
        return CANCELLED
    if outcome.end.failed:
        raise Failure(outcome.end.message)
    if not outcome.applied and failed:
        terminal.sentence(
            "Nothing was applied, for what is said above: see `arriero doctor`.", "yellow"
        )
        return FAILED
    if not outcome.applied:
        terminal.sentence("The model proposed no change; try another with --model.", "yellow")
        return FAILED
    _heading(terminal, "The test again, and what git sees")
    green = await _test(terminal, project, expect_green=True)
    await _status(terminal, project)
    if not green:
        terminal.sentence(
            "The test still fails: this model could not do it. Try another.", "yellow"
        )
        return FAILED
    _heading(terminal, "Done. In a folder of yours, go on with")
    terminal.line('arriero run "…"      or connect your editor: its command is `arriero lsp`')
    return DONE


async def _run(
    terminal: Terminal, interrupts: Interrupts, project: DemoProject, model: DemoModel
) -> tuple[Outcome, bool]:
    """Return what came of it, and whether something of ours failed on the way."""
    from arriero.cli.conversation import Conversation
    from arriero.cli.demo_project import PROMPT
    from arriero.cli.door import open_forwarder
    from arriero.cli.show import TerminalShow

    folder = str(project.folder)
    show = TerminalShow(terminal, folder, steps=True)
    settings = {**model.settings, "apply": "review"}
    async with open_forwarder(folder, terminal.say, settings=settings) as door:
        asked = terminal if terminal.can_ask else None
        conversation = Conversation(door, show, asked, apply="never")
        await conversation.begin(mode="agent")
        terminal.line(f"> {PROMPT}", "bold")
        with interrupts.to(conversation.cancel):
            outcome = await conversation.ask(PROMPT)
        if outcome.proposal is None or not outcome.open_hunks or outcome.end.failed:
            return outcome, show.failed
        if outcome.end.stop_reason == "cancelled":
            return outcome, show.failed
        _heading(terminal, "Nothing has touched the folder yet; now the editor applies the edit")
        await _status(terminal, project)
        return await conversation.apply_all(outcome), show.failed


async def _test(terminal: Terminal, project: DemoProject, *, expect_green: bool) -> bool:
    """Run the test and show its end; return whether it is as expected."""
    result = await asyncio.to_thread(project.test)
    terminal.line(f"$ {result.command}", "bold")
    for line in result.shown:
        terminal.line(f"  {line}", "dim")
    terminal.line(f"  {result.verdict}", "green" if result.green else "red")
    return result.green == expect_green


async def _status(terminal: Terminal, project: DemoProject) -> None:
    status = await asyncio.to_thread(project.status)
    if status is None:
        terminal.line("  (git is not installed, so there is no `git status` to show)", "dim")
        return
    terminal.line("$ git status --short", "bold")
    for line in status or ["(clean)"]:
        terminal.line(f"  {line}", "" if status else "dim")


def _heading(terminal: Terminal, text: str) -> None:
    terminal.line()
    terminal.line(terminal.wrapped(text), "bold cyan")
