"""The main job in a real Helix, which has nothing but LSP and cannot be asked questions."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from arriero.models.rehearsal import Simulator
from editors.helix.terminal import Terminal
from editors.playing import (
    AFTER,
    BEFORE,
    REPEATS,
    REPOSITORY,
    Job,
    Program,
    programs,
    say_two_changes,
)

pytestmark = pytest.mark.editors

DOWN, ENTER = "\x1b[B", "\r"


def configured(work: Job) -> None:
    """Give Helix the file of `editor-client/helix`, with this Python's server and no other."""
    folder = Path(work.environment["HOME"], ".config", "helix")
    folder.mkdir(parents=True, exist_ok=True)
    text = (REPOSITORY / "editor-client/helix/languages.toml").read_text("utf-8")
    text = text.replace('command = "arriero"', f'command = "{sys.executable}"')
    text = text.replace('args = ["lsp"]', 'args = ["-m", "arriero", "lsp"]')
    (folder / "languages.toml").write_text(text.replace('"pylsp", ', ""), "utf-8")
    work.environment["XDG_CONFIG_HOME"] = str(folder.parent)


@pytest.mark.parametrize("repeat", REPEATS)
@pytest.mark.parametrize("program", programs("hx"), ids=str)
async def test_the_main_job(program: Program, repeat: int, work: Job, simulator: Simulator) -> None:
    hx = program.found()
    say_two_changes(simulator)
    configured(work)
    root = work.folder
    file = root / "a.py"

    def saved(text: str) -> bool:
        return file.read_text("utf-8") == text

    async with Terminal([hx, "a.py"], root, work.environment) as terminal:

        async def act(line: int, title: str, place: int) -> None:
            """Choose the action of a title, which is at a place of the menu, from 0."""
            terminal.press(f":{line}{ENTER}")
            await terminal.press_until(" a", lambda: title in terminal.drawn)
            terminal.press(DOWN * place + ENTER)

        await act(1, "Follow this comment", 2)
        await act(5, "Accept this change", 0)
        one = BEFORE.replace("\n3\n", "\nthree\n")
        await terminal.press_until(f":w{ENTER}", lambda: saved(one))
        await act(17, "Accept this change", 0)
        await terminal.press_until(f":w{ENTER}", lambda: saved(AFTER))
        (root / "accepted.py").write_bytes(file.read_bytes())
        await act(17, "Undo Arriero's last change", 2)
        await terminal.press_until(f":w{ENTER}", lambda: saved(BEFORE))
        (root / "undone.py").write_bytes(file.read_bytes())
        await terminal.press_until(f":q{ENTER}", lambda: terminal.status is not None)
        assert terminal.status == os.EX_OK
    work.is_done()
